-- Purpose: the hourly requests of each consumer are as many as the event ledger has events of this consumer and hour.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: those of parts/check_result.sql; expected counts events of a consumer and an hour, found stored requests.
-- An epoch is compared only if the event ledger holds it completely. Epochs about which another check reports that one
-- of both ledgers is wrong, or that rows are ahead of the ledger, are left out.
WITH
    ${checked_epochs},
    ${event_accounts},
    ${consumer_events},
    usage AS
    (
        SELECT
            log,
            partition,
            epoch_first_offset,
            hour,
            consumer_id,
            sum(requests) AS stored_requests,
            max(version) AS last_version,
            count() AS stored_rows
        FROM api_usage_hourly FINAL
        WHERE ${in_checked_epochs}
        GROUP BY log, partition, epoch_first_offset, hour, consumer_id
    ),
    complete_epochs AS
    (
        SELECT *
        FROM event_accounts
        WHERE events > 0 AND events = readable AND duplicate_events = duplicates
            AND counted_events <= counted AND other_events <= other_kind
            AND (log, partition, first_offset, next_offset) NOT IN
        (
            SELECT usage.log, usage.partition, usage.epoch_first_offset, ledger.version
            FROM usage
            INNER JOIN checked_epochs AS ledger
                ON usage.log = ledger.log
                AND usage.partition = ledger.partition
                AND usage.epoch_first_offset = ledger.epoch_first_offset
            WHERE usage.last_version > ledger.version
        )
    ),
    sides AS
    (
        SELECT
            complete_epochs.log AS log,
            complete_epochs.partition AS partition,
            complete_epochs.first_offset AS first_offset,
            known.hour AS hour,
            known.consumer_id AS consumer_id,
            toInt64(known.requests) AS event_count,
            toInt64(0) AS request_count,
            toUInt64(known.requests) AS rows
        FROM consumer_events AS known
        INNER JOIN complete_epochs
            ON known.log = complete_epochs.log_of_events
            AND known.partition = complete_epochs.partition_of_events
            AND known.epoch_first_offset = complete_epochs.first_offset
        WHERE known.requests > 0
        UNION ALL
        SELECT log, partition, epoch_first_offset, hour, consumer_id, 0, toInt64(stored_requests), stored_rows
        FROM usage
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
