-- Purpose: each epoch has as many dead letters as the ledger says: those that are stored, and those replayed since.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: those of parts/check_result.sql.
-- A dead letter belongs to the epoch that holds its offset, whoever wrote it. The ledger does not count a dead letter
-- that its own epoch retracted (a last line that was completed later). It does count a dead letter that a replay
-- retracted, which then has the epoch -1. A last line without a newline is in the accounts of two epochs once another
-- ruleset version has read it again; its one dead letter is then found in the later epoch.
WITH
    ${checked_epochs},
    locations AS
    (
        SELECT log, partition, offset
        FROM dead_letters FINAL
        UNION ALL
        SELECT log, partition, offset
        FROM
        (
            SELECT DISTINCT log, partition, offset, line, event_index
            FROM dead_letters
            WHERE is_deleted = 1 AND epoch_first_offset = -1
        )
    ),
    followed AS
    (
        SELECT
            *,
            leadInFrame(epoch_first_offset, 1, -1) OVER (
                PARTITION BY log, partition ORDER BY epoch_first_offset
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS next_begin
        FROM epoch_ledger FINAL
    ),
    stored AS
    (
        SELECT ledger.log AS log, ledger.partition AS partition, ledger.begin AS begin, count() AS dead_letters
        FROM locations
        ASOF INNER JOIN
        (
            SELECT log, partition, epoch_first_offset AS begin, version AS end
            FROM epoch_ledger FINAL
        ) AS ledger
            ON locations.log = ledger.log
            AND locations.partition = ledger.partition
            AND locations.offset >= ledger.begin
        WHERE locations.offset < ledger.end
        GROUP BY log, partition, begin
    ),
    compared AS
    (
        SELECT
            followed.topic AS topic,
            followed.log AS log,
            followed.partition AS partition,
            followed.epoch_first_offset AS first_offset,
            followed.version AS next_offset,
            'dead_letters' AS table,
            followed.dead_letters
                - (followed.unterminated_line >= 0 AND followed.next_begin = followed.unterminated_line) AS expected,
            toInt64(stored.dead_letters) AS found,
            if(expected != found, 'dead letters are not as many as the ledger says', '') AS detail,
            stored.dead_letters AS rows
        FROM followed
        LEFT JOIN stored
            ON stored.log = followed.log
            AND stored.partition = followed.partition
            AND stored.begin = followed.epoch_first_offset
        WHERE (followed.log, followed.partition, followed.epoch_first_offset) IN (
            SELECT log, partition, epoch_first_offset FROM checked_epochs
        )
    )
${check_result}
