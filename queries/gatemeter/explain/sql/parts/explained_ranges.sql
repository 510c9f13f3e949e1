-- Purpose: the ranges of the logs that a number was computed from, and its corrections by their reasons.
-- Needs: the CTE `valued`, with hour, consumer_id, log, partition, epoch_first_offset and value.
-- Parameters: none.
-- Columns: log_kind, topic, log, partition, first_offset and next_offset (NULL for replays and corrections, whose
--   epochs hold one event each and have no range), rules, reason ('' except for corrections), epochs, hours, row_count,
--   value (an exact decimal number as text), consumer_ids.
-- Rows that the ledger does not reach yet (a flush is under way) have the log_kind ''.
SELECT
    ledger.log_kind AS log_kind,
    ledger.topic AS topic,
    spans.log AS log,
    spans.partition AS partition,
    ledger.log_kind IN ('replay', 'correction') AS is_single,
    if(is_single, NULL, min(spans.epoch_first_offset)) AS first_offset,
    if(is_single, NULL, max(ledger.version)) AS next_offset,
    ledger.rules AS rules,
    booked.reason AS reason,
    count() AS epochs,
    length(groupUniqArrayArray(spans.hours)) AS hours,
    sum(spans.row_count) AS row_count,
    toString(sum(spans.value)) AS value,
    arraySort(groupUniqArrayArray(spans.consumer_ids)) AS consumer_ids
FROM
(
    SELECT
        log,
        partition,
        epoch_first_offset,
        groupUniqArray(hour) AS hours,
        count() AS row_count,
        sum(valued.value) AS value,
        groupUniqArray(consumer_id) AS consumer_ids
    FROM valued
    GROUP BY log, partition, epoch_first_offset
) AS spans
LEFT JOIN
(
    SELECT log, partition, epoch_first_offset, version, topic, log_kind, rules, content_hash
    FROM epoch_ledger FINAL
    WHERE (log, partition, epoch_first_offset) IN (SELECT log, partition, epoch_first_offset FROM valued)
) AS ledger
    ON spans.log = ledger.log
    AND spans.partition = ledger.partition
    AND spans.epoch_first_offset = ledger.epoch_first_offset
LEFT JOIN
(
    -- The content_hash of a correction's epoch is the location of its event within its log.
    SELECT
        concat('correction:', log) AS log,
        concat(
            toString(partition), ':', toString(offset), ':', toString(line), ':', toString(event_index)
        ) AS content_hash,
        reason
    FROM corrections FINAL
) AS booked
    ON ledger.log = booked.log AND ledger.content_hash = booked.content_hash
GROUP BY
    log_kind, topic, log, partition, is_single, rules, reason, if(is_single, 0, spans.epoch_first_offset)
ORDER BY log_kind = 'correction', topic, log, partition, first_offset, reason
SETTINGS do_not_merge_across_partitions_select_final = 1, output_format_decimal_trailing_zeros = 0
