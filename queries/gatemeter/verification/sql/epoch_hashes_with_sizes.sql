-- Purpose: hashes over all rows of each epoch of a log, which are the same for the same rows on every server.
-- Parameters: log String.
-- Columns: partition, epoch_first_offset, next_offset, topic, log_kind, epoch_size, is_last (of its partition),
--   has_open_line (the last line of a file had no end), usage_hash, costs_hash, events, events_hash, dead_letters,
--   dead_letters_hash; hashes as hexadecimal digits, in the order of partition and offset.
-- This is recipe 3 of seal_recipe.py, and seals were made by it: it stays as it is. A column that a later migration adds
-- comes into a query of its own, the next recipe, or to the exceptions in seal_recipe.py; a test holds the two together.
-- A row is hashed in ClickHouse's RowBinary, whose form no setting changes; an epoch by the sorted hashes of its rows.
-- usage_hash covers usage, license counters, the account, and the reason of a correction; costs_hash the costs that
-- prices decide, and the usage that they are of.
-- An event that was corrected has the hash that it had before: a correction is sealed by itself.
WITH
    llm_rows AS
    (
        SELECT
            partition, epoch_first_offset,
            SHA256(concat('llm', formatRowNoNewline(
                'RowBinary',
                hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id,
                route_name, workspace, team, organisation, plugin_name, plugin_id, provider, request_model,
                response_model, cache_status, outcome, embeddings_provider, embeddings_model, service_tier,
                context_above_tokens, tokens_evidence, embeddings_evidence, token_classes, modifiers, unknown_units,
                counting_rule, cost_reported_currency, client_status, provider_status, log, partition,
                epoch_first_offset, calls, answers, prompt_tokens, completion_tokens, total_tokens, cached_tokens,
                cache_write_tokens, cache_write_1h_tokens, reasoning_tokens, audio_input_tokens, audio_output_tokens,
                fresh_input_tokens, plain_output_tokens, cached_audio_tokens, image_input_tokens, cached_image_tokens,
                video_input_tokens, cached_video_tokens, image_output_tokens, video_output_tokens, citation_tokens,
                web_searches, social_searches, file_searches, rerank_searches, code_executions, code_execution_ms,
                images, pages, annotated_pages, characters, audio_input_ms, audio_output_ms, video_output_ms,
                embeddings_tokens, calls_without_reported_cost, latency_llm_count, latency_llm_sum_ns,
                latency_llm_min_ns, latency_llm_max_ns, latency_llm_buckets, latency_llm_bucket_counts,
                latency_time_per_token_count, latency_time_per_token_sum_ns, latency_time_per_token_min_ns,
                latency_time_per_token_max_ns, latency_time_per_token_buckets, latency_time_per_token_bucket_counts,
                latency_time_to_first_token_count, latency_time_to_first_token_sum_ns,
                latency_time_to_first_token_min_ns, latency_time_to_first_token_max_ns,
                latency_time_to_first_token_buckets, latency_time_to_first_token_bucket_counts,
                latency_embeddings_count, latency_embeddings_sum_ns, latency_embeddings_min_ns,
                latency_embeddings_max_ns, latency_embeddings_buckets, latency_embeddings_bucket_counts,
                latency_cache_fetch_count, latency_cache_fetch_sum_ns, latency_cache_fetch_min_ns,
                latency_cache_fetch_max_ns, latency_cache_fetch_buckets, latency_cache_fetch_bucket_counts,
                cost_reported, cost_reported_spend, cost_savings_reported
            ))) AS row_hash,
            SHA256(concat(row_hash, formatRowNoNewline(
                'RowBinary',
                cost_computed, embeddings_cost, cost_savings, unpriced_calls, cost_evidence, price_version,
                cost_currency, cost_gaps
            ))) AS row_costs_hash
        FROM llm_usage_hourly FINAL
        WHERE log = {log:String}
    ),
    usage AS
    (
        SELECT
            partition, epoch_first_offset,
            SHA256(concat('api', formatRowNoNewline(
                'RowBinary',
                hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id,
                route_name, workspace, team, organisation, method, status, source, request_bytes_kind, response_bytes_kind,
                log, partition, epoch_first_offset, requests, request_bytes, response_bytes, latency_request_count, latency_request_sum_ns,
                latency_request_min_ns, latency_request_max_ns, latency_request_buckets, latency_request_bucket_counts,
                latency_upstream_count, latency_upstream_sum_ns, latency_upstream_min_ns, latency_upstream_max_ns,
                latency_upstream_buckets, latency_upstream_bucket_counts, latency_gateway_count,
                latency_gateway_sum_ns, latency_gateway_min_ns, latency_gateway_max_ns, latency_gateway_buckets,
                latency_gateway_bucket_counts, request_size_count, request_size_min_bytes, request_size_max_bytes,
                request_size_buckets, request_size_bucket_counts, response_size_count, response_size_min_bytes,
                response_size_max_bytes, response_size_buckets, response_size_bucket_counts
            ))) AS row_hash
        FROM api_usage_hourly FINAL
        WHERE log = {log:String}
        UNION ALL
        SELECT
            partition, epoch_first_offset,
            SHA256(concat('month', formatRowNoNewline(
                'RowBinary',
                month, workspace, source, log, partition, epoch_first_offset, requests
            )))
        FROM monthly_requests FINAL
        WHERE log = {log:String}
        UNION ALL
        SELECT partition, epoch_first_offset, row_hash FROM llm_rows
        UNION ALL
        SELECT
            partition, epoch_first_offset,
            SHA256(concat('agentic', formatRowNoNewline(
                'RowBinary',
                hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id,
                route_name, workspace, team, organisation, kind, method, tool, task_state, error,
                response_bytes_kind, log, partition, epoch_first_offset, calls, errors, response_bytes,
                latency_call_count, latency_call_sum_ns, latency_call_min_ns, latency_call_max_ns, latency_call_buckets,
                latency_call_bucket_counts, session_hashes
            )))
        FROM agentic_usage_hourly FINAL
        WHERE log = {log:String}
        UNION ALL
        SELECT
            partition, epoch_first_offset,
            SHA256(concat('session', formatRowNoNewline(
                'RowBinary',
                hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id,
                route_name, workspace, team, organisation, status, log, partition, epoch_first_offset, sessions,
                received_bytes, sent_bytes, upstream_received_bytes, upstream_sent_bytes, latency_session_count,
                latency_session_sum_ns, latency_session_min_ns, latency_session_max_ns, latency_session_buckets,
                latency_session_bucket_counts, latency_gateway_count, latency_gateway_sum_ns, latency_gateway_min_ns,
                latency_gateway_max_ns, latency_gateway_buckets, latency_gateway_bucket_counts
            )))
        FROM stream_sessions_hourly FINAL
        WHERE log = {log:String}
        UNION ALL
        SELECT
            partition, epoch_first_offset,
            SHA256(concat('meter', formatRowNoNewline(
                'RowBinary',
                hour, consumer_id, consumer_username, consumer_custom_id, service_id, service_name, route_id,
                route_name, workspace, team, organisation, meter, declaration, unit, aggregation, decimals,
                group_names, group_1, group_2, group_3, group_4, log, partition, epoch_first_offset, events,
                value_scaled, without_value, refused, distinct_hashes
            )))
        FROM meter_usage_hourly FINAL
        WHERE log = {log:String}
        UNION ALL
        SELECT
            partition, epoch_first_offset,
            SHA256(concat('account', formatRowNoNewline(
                'RowBinary', if(log_kind = 'file', '', topic),
                log, partition, epoch_first_offset, version, log_kind, epoch_size, consumed, counted, duplicates,
                dead_letters, other_kind, content_hash, unterminated_line, fields_left_out, rules, unkeyed, meter_events,
                metered_other
            )))
        FROM epoch_ledger FINAL
        WHERE log = {log:String}
        UNION ALL
        SELECT accounts.partition, accounts.epoch_first_offset, reasons.reason_hash
        FROM
        (
            SELECT
                concat(
                    toString(partition), ':', toString(offset), ':', toString(line), ':', toString(event_index)
                ) AS location,
                SHA256(concat('reason', formatRowNoNewline(
                    'RowBinary',
                    log, partition, offset, line, event_index, version, id_hash, topic, time, consumer_id, kept_log,
                    kept_partition, kept_offset, kept_line, kept_event_index, reason, booked_at, row_hash
                ))) AS reason_hash
            FROM corrections FINAL
            WHERE concat('correction:', log) = {log:String}
        ) AS reasons
        INNER JOIN
        (
            SELECT partition, epoch_first_offset, content_hash
            FROM epoch_ledger FINAL
            WHERE log = {log:String} AND log_kind = 'correction'
        ) AS accounts
            ON accounts.content_hash = reasons.location
    ),
    usage_hashes AS
    (
        SELECT
            partition, epoch_first_offset,
            SHA256(arrayStringConcat(arraySort(groupArray(row_hash)))) AS epoch_hash
        FROM usage
        GROUP BY partition, epoch_first_offset
    ),
    cost_hashes AS
    (
        SELECT
            partition, epoch_first_offset,
            SHA256(arrayStringConcat(arraySort(groupArray(row_costs_hash)))) AS epoch_hash
        FROM llm_rows
        GROUP BY partition, epoch_first_offset
    ),
    event_hashes AS
    (
        SELECT
            partition, epoch_first_offset,
            count() AS events,
            SHA256(arrayStringConcat(arraySort(groupArray(SHA256(formatRowNoNewline(
                'RowBinary', id_hash, partition, offset, line, event_index, time, consumer_id, outcome = 'duplicate'
            )))))) AS epoch_hash
        FROM event_ledger FINAL
        WHERE log = {log:String} OR concat('replay:', log) = {log:String}
        GROUP BY partition, epoch_first_offset
    ),
    letter_hashes AS
    (
        SELECT
            partition, epoch_first_offset,
            count() AS dead_letters,
            SHA256(arrayStringConcat(arraySort(groupArray(SHA256(formatRowNoNewline(
                'RowBinary', partition, offset, line, event_index, message_time, format, reason, detail, raw,
                raw_size_bytes, is_masked, source_positions
            )))))) AS epoch_hash
        FROM dead_letters FINAL
        WHERE log = {log:String}
        GROUP BY partition, epoch_first_offset
    ),
    epochs AS
    (
        SELECT
            *,
            if(log_kind = 'replay', toInt32OrZero(splitByChar(':', content_hash)[1]), partition) AS partition_of_events,
            max(epoch_first_offset) OVER (PARTITION BY partition) = epoch_first_offset AS is_last
        FROM (SELECT * FROM epoch_ledger FINAL WHERE log = {log:String})
    )
SELECT
    epochs.partition AS partition,
    epochs.epoch_first_offset AS epoch_first_offset,
    epochs.version AS next_offset,
    epochs.topic AS topic,
    epochs.log_kind AS log_kind,
    epochs.epoch_size AS epoch_size,
    epochs.is_last AS is_last,
    epochs.unterminated_line != -1 AS has_open_line,
    lower(hex(usage_hashes.epoch_hash)) AS usage_hash,
    lower(hex(cost_hashes.epoch_hash)) AS costs_hash,
    toInt64(event_hashes.events) AS events,
    lower(hex(event_hashes.epoch_hash)) AS events_hash,
    toInt64(letter_hashes.dead_letters) AS dead_letters,
    lower(hex(letter_hashes.epoch_hash)) AS dead_letters_hash
FROM epochs
LEFT JOIN usage_hashes
    ON usage_hashes.partition = epochs.partition AND usage_hashes.epoch_first_offset = epochs.epoch_first_offset
LEFT JOIN cost_hashes
    ON cost_hashes.partition = epochs.partition AND cost_hashes.epoch_first_offset = epochs.epoch_first_offset
LEFT JOIN event_hashes
    ON event_hashes.partition = epochs.partition_of_events
    AND event_hashes.epoch_first_offset = epochs.epoch_first_offset
LEFT JOIN letter_hashes
    ON letter_hashes.partition = epochs.partition AND letter_hashes.epoch_first_offset = epochs.epoch_first_offset
ORDER BY partition, epoch_first_offset
SETTINGS join_use_nulls = 0, do_not_merge_across_partitions_select_final = 1
