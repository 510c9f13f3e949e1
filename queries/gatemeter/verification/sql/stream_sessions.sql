-- Purpose: the stream sessions of each epoch are no more than its events of another kind, of which they are a part.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: those of parts/check_result.sql; expected is the most that there can be.
WITH
    ${checked_epochs},
    stored AS
    (
        SELECT
            log,
            partition,
            epoch_first_offset,
            sum(sessions) AS sessions,
            max(version) AS last_version,
            count() AS stored_rows
        FROM stream_sessions_hourly FINAL
        WHERE (log, partition, epoch_first_offset) IN (SELECT log, partition, epoch_first_offset FROM checked_epochs)
        GROUP BY log, partition, epoch_first_offset
    ),
    compared AS
    (
        SELECT
            ${epoch_location},
            'stream_sessions_hourly' AS table,
            ledger.other_kind AS expected,
            stored.sessions AS found,
            if(
                abs(found) > abs(expected) AND stored.last_version <= ledger.version,
                'more sessions than events of another kind', ''
            ) AS detail,
            stored.stored_rows AS rows
        ${checked_epochs_with_stored}
    )
${check_result}
