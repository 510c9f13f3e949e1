-- Purpose: the stream sessions of each epoch are a part of its events of another kind, so there are no more of them.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: those of parts/check_result.sql; expected is the largest possible number.
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
        WHERE ${in_checked_epochs}
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
