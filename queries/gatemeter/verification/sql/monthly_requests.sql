-- Purpose: the license counters of each epoch add up to what the ledger counted in it.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: those of parts/check_result.sql.
-- An epoch with rows ahead of the ledger cannot be compared; the check ROWS_AHEAD reports it.
WITH
    ${checked_epochs},
    stored AS
    (
        SELECT
            log,
            partition,
            epoch_first_offset,
            sum(requests) AS requests,
            max(version) AS last_version,
            count() AS stored_rows
        FROM monthly_requests FINAL
        WHERE ${in_checked_epochs}
        GROUP BY log, partition, epoch_first_offset
    ),
    compared AS
    (
        SELECT
            ${epoch_location},
            'monthly_requests' AS table,
            ledger.counted AS expected,
            stored.requests AS found,
            if(
                expected != found AND stored.last_version <= ledger.version,
                'requests do not add up to what the ledger counted', ''
            ) AS detail,
            stored.stored_rows AS rows
        ${checked_epochs_with_stored}
    )
${check_result}
