-- Purpose: every offset of a partition lies in exactly one epoch: ranges [epoch_first_offset, version) leave no gap and
--   do not overlap.
-- Parameters: those of parts/checked_epochs.sql; the neighbours of checked epochs are looked at too.
-- Columns: those of parts/check_result.sql; for a gap or an overlap, expected is where the epoch should begin and found
--   where it begins.
-- A last line of a file without a newline belongs to the epoch that read it and, once another ruleset version has read
-- it again, to the next epoch as well (`unterminated_line`): that is not an overlap. Replays and corrections have no
-- ranges.
WITH
    ${checked_epochs},
    followed AS
    (
        SELECT
            *,
            leadInFrame(epoch_first_offset, 1, -1) OVER (
                PARTITION BY log, partition ORDER BY epoch_first_offset
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS next_begin,
            if(unterminated_line >= 0 AND next_begin = unterminated_line, unterminated_line, version) AS end_offset,
            (log, partition, epoch_first_offset) IN (SELECT log, partition, epoch_first_offset FROM checked_epochs)
                AS is_checked
        FROM epoch_ledger FINAL
        WHERE log_kind IN ('kafka', 'file')
    ),
    preceded AS
    (
        SELECT
            *,
            (intDiv(epoch_first_offset, greatest(epoch_size, 1)) + 1) * greatest(epoch_size, 1) AS longest_end,
            max(end_offset) OVER before AS covered,
            count() OVER before > 0 AS has_neighbour,
            max(is_checked) OVER (
                PARTITION BY log, partition ORDER BY epoch_first_offset ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
            ) AS is_looked_at
        FROM followed
        WINDOW before AS (
            PARTITION BY log, partition ORDER BY epoch_first_offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    ),
    compared AS
    (
        SELECT
            topic,
            log,
            partition,
            if(problem.5 = '', epoch_first_offset, problem.1) AS first_offset,
            if(problem.5 = '', version, problem.2) AS next_offset,
            'epoch_ledger' AS table,
            problem.3 AS expected,
            problem.4 AS found,
            problem.5 AS detail,
            1 AS rows
        FROM preceded
        LEFT ARRAY JOIN arrayFilter(
            each -> each.5 != '',
            [
                (
                    epoch_first_offset, version, epoch_first_offset, version,
                    if(version < epoch_first_offset, 'an epoch ends before it begins', '')
                ),
                (
                    covered, epoch_first_offset, covered, epoch_first_offset,
                    if(has_neighbour AND covered < epoch_first_offset, 'these offsets are in no epoch', '')
                ),
                (
                    epoch_first_offset, least(covered, version), covered, epoch_first_offset,
                    if(
                        has_neighbour AND epoch_first_offset < least(covered, version),
                        'these offsets are in two epochs', ''
                    )
                ),
                (
                    longest_end, version, longest_end, version,
                    if(version > longest_end, concat('an epoch is longer than its size, ', toString(epoch_size)), '')
                )
            ]
        ) AS problem
        WHERE is_looked_at
    )
${check_result}
