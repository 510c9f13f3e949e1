-- Purpose: every replayed dead letter is retracted, and every dead letter that a replay retracted is counted by it.
-- Parameters: none.
-- Columns: those of parts/check_result.sql; expected and found count stored dead letters, or replays where the dead
--   letter is retracted and not counted.
-- A replay writes the ledger first, so one that was interrupted leaves a dead letter that is counted already. One that
-- stands for many events may be replayed in part, and stands for the others then.
WITH
    replayed AS
    (
        SELECT
            substring(log, length('replay:') + 1) AS log,
            -- Without the word that says that the text was corrected.
            arrayStringConcat(arraySlice(splitByChar(':', content_hash), 1, 4), ':') AS location,
            any(topic) AS topic,
            1 AS is_counted
        FROM epoch_ledger FINAL
        WHERE log_kind = 'replay'
        GROUP BY log, location
    ),
    retracted AS
    (
        SELECT DISTINCT
            log,
            concat(
                toString(partition), ':', toString(offset), ':', toString(line), ':', toString(event_index)
            ) AS location,
            1 AS is_retracted
        FROM dead_letters
        WHERE is_deleted = 1 AND epoch_first_offset = -1
    ),
    standing_in_part AS
    (
        SELECT
            log,
            concat(
                toString(partition), ':', toString(offset), ':', toString(line), ':', toString(event_index)
            ) AS location
        FROM dead_letter_list
        WHERE reason IN ('message_too_costly', 'too_many_rejected', 'too_many_events', 'unknown_format', 'decoder_failed')
    ),
    compared AS
    (
        SELECT
            topic,
            if(is_counted = 1, replayed.log, retracted.log) AS log,
            splitByChar(':', if(is_counted = 1, replayed.location, retracted.location)) AS parts,
            toInt32OrZero(parts[1]) AS partition,
            toInt64OrZero(parts[2]) AS first_offset,
            first_offset + 1 AS next_offset,
            if(is_counted = 1, 'dead_letters', 'epoch_ledger') AS table,
            if(is_counted = 1, 0, 1) AS expected,
            if(is_counted = 1, 1 - is_retracted, 0) AS found,
            multiIf(
                is_counted = 0,
                concat(
                    'the dead letter at line ', parts[3], ', index ', parts[4],
                    ' was retracted and is counted nowhere'
                ),
                is_retracted = 0,
                concat(
                    'the dead letter at line ', parts[3], ', index ', parts[4],
                    ' is counted by a replay and still stands'
                ),
                ''
            ) AS detail,
            1 AS rows
        FROM replayed
        FULL JOIN retracted ON replayed.log = retracted.log AND replayed.location = retracted.location
        WHERE is_retracted = 1 OR (replayed.log, replayed.location) NOT IN (SELECT log, location FROM standing_in_part)
    )
${check_result}
