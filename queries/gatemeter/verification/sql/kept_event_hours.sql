-- Purpose: the event ledger still holds the events of epochs that were counted with it, as far as they have not expired:
--   where the earliest event may have expired, each request of the hours after that has an event.
-- Parameters: those of parts/checked_epochs.sql; kept_from DateTime('UTC'), the earliest time of an event whose row
--   cannot have expired yet.
-- Columns: those of parts/check_result.sql; expected counts requests of an hour, found those of the event ledger.
WITH
    ${checked_epochs},
    ${event_accounts},
    ${consumer_events},
    kept_epochs AS
    (
        SELECT *
        FROM event_accounts
        WHERE first_event_time < {kept_from:DateTime('UTC')}
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
            kept_epochs.topic AS topic,
            hours.log AS log,
            hours.partition AS partition,
            hours.first_offset AS first_offset,
            kept_epochs.next_offset AS next_offset,
            'event_ledger' AS table,
            hours.requests AS expected,
            hours.known AS found,
            if(
                found < expected,
                concat(
                    'events of the hour ', formatDateTime(hours.hour, '%Y-%m-%dT%H:00:00Z', 'UTC'),
                    ' are missing that have not expired'
                ),
                ''
            ) AS detail,
            hours.requests AS rows
        FROM hours
        INNER JOIN kept_epochs
            ON hours.log = kept_epochs.log
            AND hours.partition = kept_epochs.partition
            AND hours.first_offset = kept_epochs.first_offset
    )
${check_result}
