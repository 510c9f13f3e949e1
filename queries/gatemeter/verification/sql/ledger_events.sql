-- Purpose: the event ledger, where it is kept, has as many events of each epoch and outcome as the ledger of epochs.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: those of parts/check_result.sql.
-- Only epochs that the event ledger holds completely are compared: its rows expire, and it may have been switched on
-- later. A corrected event was counted, or it was of another kind.
WITH
    ${checked_epochs},
    ${event_accounts},
    compared AS
    (
        SELECT
            topic,
            log,
            partition,
            first_offset,
            next_offset,
            'event_ledger' AS table,
            multiIf(
                events > readable, (readable, events, 'more events than could be read'),
                duplicate_events != duplicates,
                (duplicates, duplicate_events, 'duplicates are not as many as the ledger says'),
                counted_events > counted, (counted, counted_events, 'more counted events than the ledger says'),
                other_events > other_kind,
                (other_kind, other_events, 'more events of another kind than the ledger says'),
                (toInt64(0), toInt64(0), '')
            ) AS problem,
            problem.1 AS expected,
            problem.2 AS found,
            problem.3 AS detail,
            events AS rows
        FROM event_accounts
        WHERE events >= readable AND events > 0
    )
${check_result}
