-- Purpose: the dead letters of each epoch are as many as the ledger says: those that stand, and those replayed since.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: those of parts/check_result.sql.
-- A letter belongs to the epoch that its offset is in, whoever wrote it. One that an epoch took back itself (a last line
-- that was completed) is in no account; one that a replay took back, under epoch -1, is in that of its log for good.
-- A last line that no newline ended is in the accounts of two epochs once other counting rules have read it again; its
-- one letter is then found in the later one.
WITH
    ${checked_epochs},
    places AS
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
        SELECT ledger.log AS log, ledger.partition AS partition, ledger.begin AS begin, count() AS letters
        FROM places
        ASOF INNER JOIN
        (
            SELECT log, partition, epoch_first_offset AS begin, version AS end
            FROM epoch_ledger FINAL
        ) AS ledger
            ON places.log = ledger.log AND places.partition = ledger.partition AND places.offset >= ledger.begin
        WHERE places.offset < ledger.end
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
            toInt64(stored.letters) AS found,
            if(expected != found, 'dead letters are not as many as the ledger says', '') AS detail,
            stored.letters AS rows
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
