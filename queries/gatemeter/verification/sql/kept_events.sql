-- Purpose: the event ledger still holds the events of every epoch that was counted with it and none of whose events can
--   have expired.
-- Parameters: those of parts/checked_epochs.sql; kept_from DateTime('UTC'), the earliest time of an event whose row
--   cannot have expired yet; always_kept UInt8, whether the event ledger was switched on and never off again.
-- Columns: those of parts/check_result.sql; expected counts events that could be read, found those of the event ledger.
-- `first_event_time` says that an epoch was counted with the event ledger. Where the earliest event may have expired,
-- kept_event_hours.sql compares the hours after `kept_from`.
WITH
    ${checked_epochs},
    ${event_accounts},
    compared AS
    (
        SELECT
            topic, log, partition, first_offset, next_offset,
            if(is_denied, 'epoch_ledger', 'event_ledger') AS table,
            if(is_denied, NULL, readable) AS expected,
            if(is_denied, NULL, events) AS found,
            multiIf(
                is_denied, 'it is said to be counted without the event ledger, which holds its events',
                events < readable, 'events are missing that have not expired',
                ''
            ) AS detail,
            readable AS rows
        FROM
        (
            SELECT
                *,
                {always_kept:UInt8} = 1 AND first_event_time IS NULL AND readable > 0 AND events >= readable
                    AS is_denied
            FROM event_accounts
        )
        WHERE is_denied OR first_event_time >= {kept_from:DateTime('UTC')}
    )
${check_result}
