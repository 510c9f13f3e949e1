-- Purpose: the CTE `event_accounts`: the account of each epoch beside the events that the event ledger holds of it; and
--   `epochs_of_events`, the epochs that have events, with the log and partition under which the event ledger has them.
-- Parameters: those of parts/checked_epochs.sql, which must come before.
-- Columns: topic, log, partition, first_offset, next_offset, log_kind, rules, readable (events that could be read);
--   counted, duplicates, other_kind of the ledger; counted_events, duplicate_events, other_events, events (all of them)
--   of the event ledger; log_of_events and partition_of_events, where the event ledger has them; first_event_time, NULL
--   of an epoch that was counted without the event ledger.
-- The event ledger has a replayed event at the location of its dead letter, which lies in another log than its account.
epochs_of_events AS
(
    SELECT
        *,
        if(log_kind = 'replay', substring(log, length('replay:') + 1), log) AS log_of_events,
        if(log_kind = 'replay', toInt32OrZero(splitByChar(':', content_hash)[1]), partition) AS partition_of_events
    FROM checked_epochs
    WHERE log_kind != 'correction'
),
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
        ledger.partition_of_events AS partition_of_events,
        ledger.first_event_time AS first_event_time
    FROM epochs_of_events AS ledger
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
    -- Leaves out epochs whose events a flush has stored and whose account it has not. The version of a corrected event
    -- is higher by one.
    WHERE ledger.log_kind = 'replay' OR stored.last_version <= ledger.version + 1
)
