-- Purpose: the license counters are the hourly requests added up by month (UTC), workspace and source, epoch by epoch.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: those of parts/check_result.sql.
-- Where the one or the other does not add up to the ledger as a whole, another check says so and this one is silent.
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
            WHERE (log, partition, epoch_first_offset) IN (
                SELECT log, partition, epoch_first_offset FROM checked_epochs
            )
            GROUP BY log, partition, epoch_first_offset, month, workspace, source
            UNION ALL
            SELECT log, partition, epoch_first_offset, month, workspace, source, toInt64(0), requests, version, 1
            FROM monthly_requests FINAL
            WHERE (log, partition, epoch_first_offset) IN (
                SELECT log, partition, epoch_first_offset FROM checked_epochs
            )
        )
        GROUP BY log, partition, epoch_first_offset, month, workspace, source
    ),
    of_epochs AS
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
            of_epochs.hourly_requests AS expected,
            of_epochs.monthly_requests AS found,
            if(
                expected != found
                AND of_epochs.hourly_total = ledger.counted
                AND of_epochs.monthly_total = ledger.counted
                AND of_epochs.newest_of_epoch <= ledger.version,
                concat(
                    'month ', formatDateTime(of_epochs.month, '%Y-%m'), ', workspace "', of_epochs.workspace,
                    '", source "', of_epochs.source, '": not the sum of its hours'
                ),
                ''
            ) AS detail,
            of_epochs.counted_rows AS rows
        FROM of_epochs
        INNER JOIN checked_epochs AS ledger
            ON of_epochs.log = ledger.log
            AND of_epochs.partition = ledger.partition
            AND of_epochs.epoch_first_offset = ledger.epoch_first_offset
    )
${check_result}
