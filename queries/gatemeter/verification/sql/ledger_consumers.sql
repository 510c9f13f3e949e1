-- Purpose: the hourly requests of each consumer are as many as the event ledger has events of this consumer and hour.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: those of parts/check_result.sql; expected counts events of a consumer and an hour, found stored requests.
-- An epoch is compared only if the event ledger holds it completely. Epochs about which another check reports that one
-- of both ledgers is wrong, or that rows are ahead of the ledger, are left out.
WITH
    ${checked_epochs},
    ${event_accounts},
    ${consumer_events},
    rows_by_epoch AS
    (
        SELECT log, partition, epoch_first_offset, max(version) AS last_version
        FROM api_usage_hourly
        WHERE ${in_checked_epochs}
        GROUP BY log, partition, epoch_first_offset
    ),
    complete_epochs AS
    (
        SELECT
            accounts.topic AS topic,
            accounts.log AS log,
            accounts.partition AS partition,
            accounts.first_offset AS first_offset,
            accounts.next_offset AS next_offset
        FROM event_accounts AS accounts
        LEFT JOIN rows_by_epoch
            ON rows_by_epoch.log = accounts.log
            AND rows_by_epoch.partition = accounts.partition
            AND rows_by_epoch.epoch_first_offset = accounts.first_offset
        WHERE accounts.events > 0 AND accounts.events = accounts.readable
            AND accounts.duplicate_events = accounts.duplicates
            AND accounts.counted_events <= accounts.counted AND accounts.other_events <= accounts.other_kind
            AND rows_by_epoch.last_version <= accounts.next_offset
    ),
    sides AS
    (
        SELECT
            ledger.log AS log,
            ledger.partition AS partition,
            ledger.epoch_first_offset AS first_offset,
            known.hour AS hour,
            known.consumer_id AS consumer_id,
            toInt64(known.requests) AS event_count,
            toInt64(0) AS request_count,
            toUInt64(known.requests) AS rows
        FROM consumer_events AS known
        INNER JOIN epochs_of_events AS ledger
            ON known.log = ledger.log_of_events
            AND known.partition = ledger.partition_of_events
            AND known.epoch_first_offset = ledger.epoch_first_offset
        WHERE known.requests > 0
        UNION ALL
        SELECT log, partition, epoch_first_offset, hour, consumer_id, 0, sum(toInt64(requests)), count()
        FROM api_usage_hourly FINAL
        WHERE ${in_checked_epochs}
        GROUP BY log, partition, epoch_first_offset, hour, consumer_id
    ),
    compared AS
    (
        SELECT
            any(complete_epochs.topic) AS topic,
            sides.log AS log,
            sides.partition AS partition,
            sides.first_offset AS first_offset,
            any(complete_epochs.next_offset) AS next_offset,
            'api_usage_hourly' AS table,
            sum(sides.event_count) AS expected,
            sum(sides.request_count) AS found,
            if(
                expected != found,
                concat(
                    'requests of ', if(sides.consumer_id = '', 'anonymous', toJSONString(sides.consumer_id)),
                    ' in the hour ', formatDateTime(sides.hour, '%Y-%m-%dT%H:00:00Z', 'UTC'),
                    ' are not as many as the event ledger knows'
                ),
                ''
            ) AS detail,
            sum(sides.rows) AS rows
        FROM sides
        INNER JOIN complete_epochs
            ON sides.log = complete_epochs.log
            AND sides.partition = complete_epochs.partition
            AND sides.first_offset = complete_epochs.first_offset
        GROUP BY sides.log, sides.partition, sides.first_offset, sides.hour, sides.consumer_id
    )
${check_result}
