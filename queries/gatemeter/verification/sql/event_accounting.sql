-- Purpose: the conservation law, epoch by epoch: consumed = counted + duplicates + dead_letters + other_kind.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: those of parts/check_result.sql.
-- A correction is an epoch in a log of corrections: it consumes nothing and turns one counted event into a duplicate.
WITH
    ${checked_epochs},
    compared AS
    (
        SELECT
            topic,
            log,
            partition,
            epoch_first_offset AS first_offset,
            version AS next_offset,
            'epoch_ledger' AS table,
            consumed AS expected,
            counted + duplicates + dead_letters + other_kind AS found,
            log_kind = 'correction' AS is_correction,
            multiIf(
                expected != found,
                concat(
                    'consumed is not counted ', toString(counted), ' + duplicates ', toString(duplicates),
                    ' + dead letters ', toString(dead_letters), ' + other kind ', toString(other_kind)
                ),
                NOT is_correction AND least(consumed, counted, duplicates, dead_letters, other_kind) < 0,
                'a count is negative',
                is_correction AND NOT (consumed = 0 AND duplicates = 1 AND counted + other_kind = -1),
                'a correction retracts one event, no more and no less',
                ''
            ) AS detail,
            1 AS rows
        FROM checked_epochs
    )
${check_result}
