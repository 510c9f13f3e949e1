-- Purpose: the event ledger still holds the events of every epoch that was counted with it, as far as they have not
--   expired.
-- Parameters: those of parts/checked_epochs.sql; kept_from DateTime('UTC'), the earliest time of an event whose row
--   cannot have expired yet; always_kept UInt8, whether the event ledger was switched on and never off again.
-- Columns: those of parts/check_result.sql; expected counts events that could be read, or requests of an hour, found
--   those of the event ledger.
-- `first_event_time` says that an epoch was counted with the event ledger. Where the earliest event may have expired,
-- the hours after `kept_from` are compared one by one: each request there has an event.
WITH
    ${checked_epochs},
    ${event_accounts},
    ${consumer_events},
    kept_epochs AS
    (
        SELECT
            accounts.*,
            coalesce(ledger.first_event_time, toDateTime64(0, 3, 'UTC')) >= {kept_from:DateTime('UTC')} AS is_whole
        FROM event_accounts AS accounts
        INNER JOIN checked_epochs AS ledger
            ON accounts.log = ledger.log
            AND accounts.partition = ledger.partition
            AND accounts.first_offset = ledger.epoch_first_offset
        WHERE ledger.first_event_time IS NOT NULL
    ),
    hours AS
    (
        SELECT log, partition, first_offset, hour, sum(requests) AS requests, sum(known) AS known
        FROM
        (
            SELECT
                log, partition, epoch_first_offset AS first_offset, hour,
                toInt64(requests) AS requests, toInt64(0) AS known
            FROM api_usage_hourly FINAL
            WHERE hour >= {kept_from:DateTime('UTC')}
            UNION ALL
            SELECT
                kept_epochs.log, kept_epochs.partition, kept_epochs.first_offset, events.hour,
                0, toInt64(events.requests)
            FROM consumer_events AS events
            INNER JOIN kept_epochs
                ON events.log = kept_epochs.log_of_events
                AND events.partition = kept_epochs.partition_of_events
                AND events.epoch_first_offset = kept_epochs.first_offset
            WHERE events.hour >= {kept_from:DateTime('UTC')}
        )
        GROUP BY log, partition, first_offset, hour
    ),
    compared AS
    (
        SELECT
            topic, log, partition, first_offset, next_offset, 'event_ledger' AS table,
            readable AS expected, events AS found,
            if(events < readable, 'events are missing that have not expired', '') AS detail,
            readable AS rows
        FROM kept_epochs
        WHERE is_whole
        UNION ALL
        SELECT
            accounts.topic, accounts.log, accounts.partition, accounts.first_offset, accounts.next_offset,
            'epoch_ledger', NULL, NULL,
            'it is said to be counted without the event ledger, which holds its events', accounts.readable
        FROM event_accounts AS accounts
        INNER JOIN checked_epochs AS ledger
            ON accounts.log = ledger.log
            AND accounts.partition = ledger.partition
            AND accounts.first_offset = ledger.epoch_first_offset
        WHERE {always_kept:UInt8} = 1 AND ledger.first_event_time IS NULL
            AND accounts.readable > 0 AND accounts.events >= accounts.readable
        UNION ALL
        SELECT
            kept_epochs.topic, hours.log, hours.partition, hours.first_offset, kept_epochs.next_offset, 'event_ledger',
            hours.requests, hours.known,
            if(
                hours.known < hours.requests,
                concat(
                    'events of the hour ', formatDateTime(hours.hour, '%Y-%m-%dT%H:00:00Z', 'UTC'),
                    ' are missing that have not expired'
                ),
                ''
            ),
            hours.requests
        FROM hours
        INNER JOIN kept_epochs
            ON hours.log = kept_epochs.log
            AND hours.partition = kept_epochs.partition
            AND hours.first_offset = kept_epochs.first_offset
        WHERE NOT kept_epochs.is_whole
    )
${check_result}
