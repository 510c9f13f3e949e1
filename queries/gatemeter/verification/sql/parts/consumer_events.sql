-- Purpose: the CTE `consumer_events`: how many events of each epoch, hour and consumer the event ledger holds.
-- Parameters: none.
-- Columns: log, partition, epoch_first_offset (as the event ledger has them), hour, consumer_id, requests (API requests
--   that were counted, retracted or not), others (events of another kind).
-- A corrected event was a request unless the account of its correction says that it was of another kind.
consumer_events AS
(
    SELECT
        log,
        partition,
        epoch_first_offset,
        toStartOfHour(toDateTime(time, 'UTC')) AS hour,
        consumer_id,
        countIf(NOT is_other) AS requests,
        countIf(is_other) AS others
    FROM
    (
        SELECT
            log,
            partition,
            epoch_first_offset,
            time,
            consumer_id,
            outcome = 'other_kind' OR (outcome = 'corrected' AND (
                log,
                concat(toString(partition), ':', toString(offset), ':', toString(line), ':', toString(event_index))
            ) IN (
                SELECT substring(log, length('correction:') + 1), content_hash
                FROM epoch_ledger FINAL
                WHERE log_kind = 'correction' AND other_kind != 0
            )) AS is_other
        FROM event_ledger FINAL
        WHERE outcome IN ('counted', 'other_kind', 'corrected')
    )
    GROUP BY log, partition, epoch_first_offset, hour, consumer_id
)
