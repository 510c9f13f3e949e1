-- Purpose: the CTE `event_accounts`: accounts of epochs beside what the event ledger holds of their events.
-- Parameters: those of parts/checked_epochs.sql, which goes before it.
-- Columns: topic, log, partition, first_offset, next_offset, readable (events that could be read), and of both ledgers
--   counted, duplicates, other_kind: those of the event ledger are named counted_events, duplicate_events, other_events,
--   and events for all of them; log_of_events and partition_of_events say where it has them.
-- The event ledger has a replayed event at the place of its letter, so in another log than its account.
event_accounts AS
(
    SELECT
        ledger.topic AS topic,
        ledger.log AS log,
        ledger.partition AS partition,
        ledger.epoch_first_offset AS first_offset,
        ledger.version AS next_offset,
        ledger.consumed - ledger.dead_letters AS readable,
        ledger.counted AS counted,
        ledger.duplicates AS duplicates,
        ledger.other_kind AS other_kind,
        toInt64(stored.counted_events) AS counted_events,
        toInt64(stored.duplicate_events) AS duplicate_events,
        toInt64(stored.other_events) AS other_events,
        toInt64(stored.all_events) AS events,
        ledger.log_kind AS log_kind,
        ledger.rules AS rules,
        ledger.log_of_events AS log_of_events,
        ledger.partition_of_events AS partition_of_events
    FROM
    (
        SELECT
            *,
            if(log_kind = 'replay', substring(log, length('replay:') + 1), log) AS log_of_events,
            if(log_kind = 'replay', toInt32OrZero(splitByChar(':', content_hash)[1]), partition) AS partition_of_events
        FROM checked_epochs
        WHERE log_kind != 'correction'
    ) AS ledger
    LEFT JOIN
    (
        SELECT
            log,
            partition,
            epoch_first_offset,
            countIf(outcome = 'counted') AS counted_events,
            countIf(outcome = 'duplicate') AS duplicate_events,
            countIf(outcome = 'other_kind') AS other_events,
            max(version) AS last_version,
            count() AS all_events
        FROM event_ledger FINAL
        GROUP BY log, partition, epoch_first_offset
    ) AS stored
        ON stored.log = ledger.log_of_events
        AND stored.partition = ledger.partition_of_events
        AND stored.epoch_first_offset = ledger.epoch_first_offset
    -- Not while a flush has stored events whose account it has not; a corrected event's version is one more.
    WHERE ledger.log_kind = 'replay' OR stored.last_version <= ledger.version + 1
)
