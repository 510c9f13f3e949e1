-- Purpose: a replayed dead letter is taken back, and one that was taken back so is counted in the log of its replay.
-- Parameters: none.
-- Columns: those of parts/check_result.sql; expected and found are how many letters stand (counted: how many replays there are).
-- The ledger goes before the letter, so an interrupted replay leaves a letter standing that is counted already.
WITH
    replayed AS
    (
        SELECT substring(log, length('replay:') + 1) AS log, content_hash AS place, any(topic) AS topic, 1 AS is_counted
        FROM epoch_ledger FINAL
        WHERE log_kind = 'replay'
        GROUP BY log, place
    ),
    taken_back AS
    (
        SELECT DISTINCT
            log,
            concat(
                toString(partition), ':', toString(offset), ':', toString(line), ':', toString(event_index)
            ) AS place,
            1 AS is_gone
        FROM dead_letters
        WHERE is_deleted = 1 AND epoch_first_offset = -1
    ),
    compared AS
    (
        SELECT
            topic,
            if(is_counted = 1, replayed.log, taken_back.log) AS log,
            splitByChar(':', if(is_counted = 1, replayed.place, taken_back.place)) AS parts,
            toInt32OrZero(parts[1]) AS partition,
            toInt64OrZero(parts[2]) AS first_offset,
            first_offset + 1 AS next_offset,
            if(is_counted = 1, 'dead_letters', 'epoch_ledger') AS table,
            if(is_counted = 1, 0, 1) AS expected,
            if(is_counted = 1, 1 - is_gone, 0) AS found,
            multiIf(
                is_counted = 0,
                concat('the letter at line ', parts[3], ', index ', parts[4], ' was taken back and is counted nowhere'),
                is_gone = 0,
                concat('the letter at line ', parts[3], ', index ', parts[4], ' is counted by a replay and still stands'),
                ''
            ) AS detail,
            1 AS rows
        FROM replayed
        FULL JOIN taken_back ON replayed.log = taken_back.log AND replayed.place = taken_back.place
    )
${check_result}
