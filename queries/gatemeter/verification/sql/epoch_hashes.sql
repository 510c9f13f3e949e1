-- Purpose: hashes over all rows of each epoch of a log, which are the same for the same rows on every server.
-- Parameters: log String.
-- Columns: partition, epoch_first_offset, next_offset, topic, log_kind, epoch_size, is_last (of its partition),
--   has_open_line (the last line of a file had no end), usage_hash, costs_hash, events, events_hash, dead_letters,
--   dead_letters_hash; hashes as hexadecimal digits, in the order of partition and offset.
-- A row is hashed in ClickHouse's RowBinary, whose form no setting changes; an epoch by the sorted hashes of its rows.
-- usage_hash covers usage, license counters, the account, and the reason of a correction. Left out is what the log does
-- not decide: `version` of usage, which says when a flush wrote the row; the path of a file, which may move; costs that
-- prices decide, which have a hash of their own; and whether the event ledger was kept.
-- An event that was corrected has the hash that it had before: a correction is sealed by itself.
WITH
    usage AS
    (
        SELECT
            partition, epoch_first_offset,
            SHA256(concat('api', formatRowNoNewline('RowBinary', * EXCEPT (version)))) AS row_hash
        FROM api_usage_hourly FINAL
        WHERE log = {log:String}
        UNION ALL
        SELECT
            partition, epoch_first_offset,
            SHA256(concat('month', formatRowNoNewline('RowBinary', * EXCEPT (version))))
        FROM monthly_requests FINAL
        WHERE log = {log:String}
        UNION ALL
        SELECT
            partition, epoch_first_offset,
            SHA256(concat('llm', formatRowNoNewline('RowBinary', * EXCEPT (
                version, cost_computed, embeddings_cost, cost_savings, unpriced_calls, cost_evidence, price_version
            ))))
        FROM llm_usage_hourly FINAL
        WHERE log = {log:String}
        UNION ALL
        SELECT
            partition, epoch_first_offset,
            SHA256(concat('agentic', formatRowNoNewline('RowBinary', * EXCEPT (version))))
        FROM agentic_usage_hourly FINAL
        WHERE log = {log:String}
        UNION ALL
        SELECT
            partition, epoch_first_offset,
            SHA256(concat('session', formatRowNoNewline('RowBinary', * EXCEPT (version))))
        FROM stream_sessions_hourly FINAL
        WHERE log = {log:String}
        UNION ALL
        SELECT
            partition, epoch_first_offset,
            SHA256(concat('account', formatRowNoNewline(
                'RowBinary', if(log_kind = 'file', '', topic), * EXCEPT (topic, first_event_time)
            )))
        FROM epoch_ledger FINAL
        WHERE log = {log:String}
        UNION ALL
        SELECT
            accounts.partition, accounts.epoch_first_offset,
            SHA256(concat('reason', formatRowNoNewline('RowBinary', reasons.*)))
        FROM (SELECT * FROM corrections FINAL) AS reasons
        INNER JOIN
        (
            SELECT partition, epoch_first_offset, content_hash
            FROM epoch_ledger FINAL
            WHERE log = {log:String} AND log_kind = 'correction'
        ) AS accounts
            ON accounts.content_hash = concat(
                toString(reasons.partition), ':', toString(reasons.offset), ':', toString(reasons.line), ':',
                toString(reasons.event_index)
            )
        WHERE concat('correction:', reasons.log) = {log:String}
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
            SHA256(arrayStringConcat(arraySort(groupArray(
                SHA256(formatRowNoNewline('RowBinary', * EXCEPT (version)))
            )))) AS epoch_hash
        FROM llm_usage_hourly FINAL
        WHERE log = {log:String}
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
                'RowBinary', partition, offset, line, event_index, format, reason, detail, raw, raw_size_bytes
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
