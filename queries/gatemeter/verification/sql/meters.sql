-- Purpose: the events that custom meters took in each epoch add up to what its account says; those of another kind among
--   them are a part of all such events.
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
            sum(events) AS events,
            max(version) AS last_version,
            count() AS stored_rows
        FROM meter_usage_hourly FINAL
        WHERE ${in_checked_epochs}
        GROUP BY log, partition, epoch_first_offset
    ),
    compared AS
    (
        SELECT
            ${epoch_location},
            'meter_usage_hourly' AS table,
            ledger.meter_events AS expected,
            stored.events AS found,
            multiIf(
                stored.last_version > ledger.version, '',
                expected != found, 'events of meters do not add up to what the ledger counted',
                abs(ledger.metered_other) > abs(ledger.other_kind)
                OR abs(ledger.metered_other) > abs(ledger.meter_events),
                'more metered events of another kind than there are',
                ''
            ) AS detail,
            stored.stored_rows AS rows
        ${checked_epochs_with_stored}
    )
${check_result}
