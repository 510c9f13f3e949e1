-- Purpose: the license counters are the hourly requests summed up by month (UTC), workspace and source, in every epoch.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: those of parts/check_result.sql.
-- An epoch is compared only if both sides add up to the ledger; HOURLY_REQUESTS and MONTHLY_REQUESTS report the others.
WITH
    ${checked_epochs},
    counters AS
    (
        SELECT
            log,
            partition,
            epoch_first_offset,
            month,
            workspace,
            source,
            sum(hourly) AS hourly_requests,
            sum(monthly) AS monthly_requests,
            max(last_version) AS newest,
            sum(stored_rows) AS counted_rows
        FROM
        (
            SELECT
                log,
                partition,
                epoch_first_offset,
                toStartOfMonth(hour) AS month,
                workspace,
                source,
                sum(requests) AS hourly,
                toInt64(0) AS monthly,
                max(version) AS last_version,
                count() AS stored_rows
            FROM api_usage_hourly FINAL
            WHERE ${in_checked_epochs}
            GROUP BY log, partition, epoch_first_offset, month, workspace, source
            UNION ALL
            SELECT log, partition, epoch_first_offset, month, workspace, source, toInt64(0), requests, version, 1
            FROM monthly_requests FINAL
            WHERE ${in_checked_epochs}
        )
        GROUP BY log, partition, epoch_first_offset, month, workspace, source
    ),
    epoch_totals AS
    (
        SELECT
            *,
            sum(hourly_requests) OVER epoch AS hourly_total,
            sum(monthly_requests) OVER epoch AS monthly_total,
            max(newest) OVER epoch AS newest_of_epoch
        FROM counters
        WINDOW epoch AS (PARTITION BY log, partition, epoch_first_offset)
    ),
    compared AS
    (
        SELECT
            ${epoch_location},
            'monthly_requests' AS table,
            epoch_totals.hourly_requests AS expected,
            epoch_totals.monthly_requests AS found,
            if(
                expected != found
                AND epoch_totals.hourly_total = ledger.counted
                AND epoch_totals.monthly_total = ledger.counted
                AND epoch_totals.newest_of_epoch <= ledger.version,
                concat(
                    'month ', formatDateTime(epoch_totals.month, '%Y-%m'), ', workspace "', epoch_totals.workspace,
                    '", source "', epoch_totals.source, '": not the sum of its hours'
                ),
                ''
            ) AS detail,
            epoch_totals.counted_rows AS rows
        FROM epoch_totals
        INNER JOIN checked_epochs AS ledger
            ON epoch_totals.log = ledger.log
            AND epoch_totals.partition = ledger.partition
            AND epoch_totals.epoch_first_offset = ledger.epoch_first_offset
    )
${check_result}
