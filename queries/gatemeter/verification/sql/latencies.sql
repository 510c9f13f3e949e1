-- Purpose: the latencies of every row are such as measured values give: no more of them than events, sketches that hold
--   each of them, sums between what the extremes allow.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: those of parts/check_result.sql; one finding per epoch, table, latency and fault, found is how many rows have it.
-- Rows of corrections are those of one event, negated, without extremes.
WITH
    ${checked_epochs},
    measures AS
    (
        SELECT 'api_usage_hourly' AS table, log, partition, epoch_first_offset, toInt64(requests) AS events, measured
        FROM api_usage_hourly FINAL
        ARRAY JOIN [
            (
                'request', latency_request_count, latency_request_sum_ns, latency_request_min_ns, latency_request_max_ns,
                latency_request_buckets, latency_request_bucket_counts
            ),
            (
                'upstream', latency_upstream_count, latency_upstream_sum_ns, latency_upstream_min_ns, latency_upstream_max_ns,
                latency_upstream_buckets, latency_upstream_bucket_counts
            ),
            (
                'gateway', latency_gateway_count, latency_gateway_sum_ns, latency_gateway_min_ns, latency_gateway_max_ns,
                latency_gateway_buckets, latency_gateway_bucket_counts
            )
        ] AS measured
        WHERE (log, partition, epoch_first_offset) IN (SELECT log, partition, epoch_first_offset FROM checked_epochs)
        UNION ALL
        SELECT 'llm_usage_hourly' AS table, log, partition, epoch_first_offset, toInt64(calls + answers) AS events, measured
        FROM llm_usage_hourly FINAL
        ARRAY JOIN [
            (
                'llm', latency_llm_count, latency_llm_sum_ns, latency_llm_min_ns, latency_llm_max_ns,
                latency_llm_buckets, latency_llm_bucket_counts
            ),
            (
                'time_per_token', latency_time_per_token_count, latency_time_per_token_sum_ns, latency_time_per_token_min_ns, latency_time_per_token_max_ns,
                latency_time_per_token_buckets, latency_time_per_token_bucket_counts
            ),
            (
                'time_to_first_token', latency_time_to_first_token_count, latency_time_to_first_token_sum_ns, latency_time_to_first_token_min_ns, latency_time_to_first_token_max_ns,
                latency_time_to_first_token_buckets, latency_time_to_first_token_bucket_counts
            ),
            (
                'embeddings', latency_embeddings_count, latency_embeddings_sum_ns, latency_embeddings_min_ns, latency_embeddings_max_ns,
                latency_embeddings_buckets, latency_embeddings_bucket_counts
            ),
            (
                'cache_fetch', latency_cache_fetch_count, latency_cache_fetch_sum_ns, latency_cache_fetch_min_ns, latency_cache_fetch_max_ns,
                latency_cache_fetch_buckets, latency_cache_fetch_bucket_counts
            )
        ] AS measured
        WHERE (log, partition, epoch_first_offset) IN (SELECT log, partition, epoch_first_offset FROM checked_epochs)
        UNION ALL
        SELECT 'agentic_usage_hourly' AS table, log, partition, epoch_first_offset, toInt64(calls) AS events, measured
        FROM agentic_usage_hourly FINAL
        ARRAY JOIN [
            (
                'call', latency_call_count, latency_call_sum_ns, latency_call_min_ns, latency_call_max_ns,
                latency_call_buckets, latency_call_bucket_counts
            )
        ] AS measured
        WHERE (log, partition, epoch_first_offset) IN (SELECT log, partition, epoch_first_offset FROM checked_epochs)
        UNION ALL
        SELECT 'stream_sessions_hourly' AS table, log, partition, epoch_first_offset, toInt64(sessions) AS events, measured
        FROM stream_sessions_hourly FINAL
        ARRAY JOIN [
            (
                'session', latency_session_count, latency_session_sum_ns, latency_session_min_ns, latency_session_max_ns,
                latency_session_buckets, latency_session_bucket_counts
            ),
            (
                'gateway', latency_gateway_count, latency_gateway_sum_ns, latency_gateway_min_ns, latency_gateway_max_ns,
                latency_gateway_buckets, latency_gateway_bucket_counts
            )
        ] AS measured
        WHERE (log, partition, epoch_first_offset) IN (SELECT log, partition, epoch_first_offset FROM checked_epochs)
    ),
    judged AS
    (
        SELECT
            table,
            log,
            partition,
            epoch_first_offset,
            measured.1 AS latency,
            if(startsWith(log, 'correction:'), -1, 1) AS sign,
            sign * toInt64(measured.2) AS values_measured,
            arraySum(each -> sign * each, measured.7) AS values_in_sketch,
            multiIf(
                values_measured < 0, 'a count is negative',
                -- Negative counts of events are told by another check.
                sign * events >= 0 AND values_measured > sign * events, 'more values than events',
                length(measured.6) != length(measured.7), 'a sketch has buckets without counts',
                values_in_sketch != values_measured, 'a sketch does not hold as many values as were measured',
                arrayExists(each -> sign * each < 0, measured.7), 'a count in a sketch is negative',
                values_measured = 0 AND measured.3 != 0, 'a sum of no values',
                sign = 1 AND values_measured > 0 AND measured.4 > measured.5, 'the minimum is above the maximum',
                sign = 1 AND values_measured > 0 AND (
                    measured.3 < toInt128(measured.4) * values_measured
                    OR measured.3 > toInt128(measured.5) * values_measured
                ),
                'the sum is not between what minimum and maximum allow',
                ''
            ) AS fault
        FROM measures
    ),
    compared AS
    (
        SELECT
            ledger.topic AS topic,
            judged.log AS log,
            judged.partition AS partition,
            judged.epoch_first_offset AS first_offset,
            ledger.version AS next_offset,
            judged.table AS table,
            0 AS expected,
            if(judged.fault = '', 0, count()) AS found,
            if(judged.fault = '', '', concat('latency ', judged.latency, ': ', judged.fault)) AS detail,
            count() AS rows
        FROM judged
        INNER JOIN checked_epochs AS ledger
            ON judged.log = ledger.log
            AND judged.partition = ledger.partition
            AND judged.epoch_first_offset = ledger.epoch_first_offset
        GROUP BY topic, log, partition, first_offset, next_offset, table, judged.latency, judged.fault
    )
${check_result}
