-- Purpose: the latencies and sizes of every row are possible: no more values than events, sketches that hold each value,
--   and sums within what minimum and maximum allow. Sizes are those of all events of a row or of none; of none only where
--   the log tells no size, or rules before 9 counted, which kept sums alone.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: those of parts/check_result.sql; one finding for each epoch, table, latency or size, and fault; found counts its
--   rows.
-- Rows of a correction are the negated rows of one event, without minimum and maximum.
WITH
    ${checked_epochs},
    usage_rows AS
    (
        SELECT
            'api_usage_hourly' AS table, log, partition, epoch_first_offset, toInt64(requests) AS events,
            ['request', 'upstream', 'gateway'] AS latencies,
            ${latency_columns},
            arrayMap(each -> toInt64(0), counts) AS known
        FROM api_usage_hourly FINAL
        WHERE ${in_checked_epochs}
        UNION ALL
        SELECT
            'api_usage_hourly' AS table, log, partition, epoch_first_offset, toInt64(requests) AS events,
            ['request_size', 'response_size'] AS latencies,
            [request_size_count, response_size_count] AS counts,
            -- A sum without a count was stored before sizes were sketched.
            [if(request_size_count = 0, 0, request_bytes), if(response_size_count = 0, 0, response_bytes)] AS sums_ns,
            [request_size_min_bytes, response_size_min_bytes] AS minima_ns,
            [request_size_max_bytes, response_size_max_bytes] AS maxima_ns,
            [request_size_buckets, response_size_buckets] AS sketch_buckets,
            [request_size_bucket_counts, response_size_bucket_counts] AS sketch_counts,
            [if(request_bytes_kind = 'unknown', 0, requests), if(response_bytes_kind = 'unknown', 0, requests)] AS known
        FROM api_usage_hourly FINAL
        WHERE ${in_checked_epochs}
        UNION ALL
        SELECT
            'llm_usage_hourly' AS table, log, partition, epoch_first_offset, toInt64(calls + answers) AS events,
            ['llm', 'time_per_token', 'time_to_first_token', 'embeddings', 'cache_fetch'] AS latencies,
            ${latency_columns},
            arrayMap(each -> toInt64(0), counts) AS known
        FROM llm_usage_hourly FINAL
        WHERE ${in_checked_epochs}
        UNION ALL
        SELECT
            'agentic_usage_hourly' AS table, log, partition, epoch_first_offset, toInt64(calls) AS events,
            ['call'] AS latencies,
            ${latency_columns},
            arrayMap(each -> toInt64(0), counts) AS known
        FROM agentic_usage_hourly FINAL
        WHERE ${in_checked_epochs}
        UNION ALL
        SELECT
            'stream_sessions_hourly' AS table, log, partition, epoch_first_offset, toInt64(sessions) AS events,
            ['session', 'gateway'] AS latencies,
            ${latency_columns},
            arrayMap(each -> toInt64(0), counts) AS known
        FROM stream_sessions_hourly FINAL
        WHERE ${in_checked_epochs}
    ),
    row_faults AS
    (
        SELECT
            table,
            log,
            partition,
            epoch_first_offset,
            latency,
            if(startsWith(log, 'correction:'), -1, 1) AS sign,
            sign * toInt64(value_count) AS values_measured,
            endsWith(latency, '_size') AS is_size,
            is_size AND value_count = 0 AND known_count != 0 AS is_unsketched,
            arraySum(each -> sign * each, bucket_counts) AS values_in_sketch,
            multiIf(
                values_measured < 0, 'a count is negative',
                -- The check ROW_COUNTS reports negative counts of events.
                sign * events >= 0 AND values_measured > sign * events, 'more values than events',
                length(buckets) != length(bucket_counts), 'a sketch has buckets without counts',
                values_in_sketch != values_measured, 'a sketch does not hold as many values as were measured',
                arrayExists(each -> sign * each < 0, bucket_counts), 'a count in a sketch is negative',
                values_measured = 0 AND sum_ns != 0, 'a sum of no values',
                sign = 1 AND values_measured > 0 AND min_ns > max_ns, 'the minimum is above the maximum',
                sign = 1 AND values_measured > 0 AND (
                    sum_ns < toInt128(min_ns) * values_measured OR sum_ns > toInt128(max_ns) * values_measured
                ),
                'the sum is not between what minimum and maximum allow',
                is_size AND value_count NOT IN (0, known_count), 'sizes of some events are missing, or of too many there',
                ''
            ) AS fault
        FROM usage_rows
        ARRAY JOIN
            latencies AS latency,
            counts AS value_count,
            sums_ns AS sum_ns,
            minima_ns AS min_ns,
            maxima_ns AS max_ns,
            sketch_buckets AS buckets,
            sketch_counts AS bucket_counts,
            known AS known_count
    ),
    compared AS
    (
        SELECT
            ledger.topic AS topic,
            row_faults.log AS log,
            row_faults.partition AS partition,
            row_faults.epoch_first_offset AS first_offset,
            ledger.version AS next_offset,
            row_faults.table AS table,
            0 AS expected,
            multiIf(
                row_faults.fault != '', row_faults.fault,
                row_faults.is_unsketched AND toUInt32OrZero(splitByChar(';', ledger.rules)[1]) >= 9, 'sizes are missing',
                ''
            ) AS fault,
            if(fault = '', 0, count()) AS found,
            if(fault = '', '', concat(row_faults.is_size ? '' : 'latency ', row_faults.latency, ': ', fault)) AS detail,
            count() AS rows
        FROM row_faults
        INNER JOIN checked_epochs AS ledger
            ON row_faults.log = ledger.log
            AND row_faults.partition = ledger.partition
            AND row_faults.epoch_first_offset = ledger.epoch_first_offset
        GROUP BY topic, log, partition, first_offset, next_offset, table, row_faults.latency, row_faults.is_size, fault
    )
${check_result}
