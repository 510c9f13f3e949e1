-- Purpose: every correction has both an account in the ledger and a row with its reason.
-- Parameters: none.
-- Columns: those of parts/check_result.sql; the offset is the one of the event in its log; expected and found count
--   accounts, or reasons where there is an account without a reason.
-- The `content_hash` of the account of a correction is the location of the event in its log.
WITH
    booked AS
    (
        SELECT substring(log, length('correction:') + 1) AS log, content_hash AS location, topic, 1 AS is_booked
        FROM epoch_ledger FINAL
        WHERE log_kind = 'correction'
    ),
    reasons AS
    (
        SELECT
            log,
            concat(
                toString(partition), ':', toString(offset), ':', toString(line), ':', toString(event_index)
            ) AS location,
            topic,
            1 AS is_reasoned
        FROM corrections FINAL
    ),
    compared AS
    (
        SELECT
            if(is_booked = 1, booked.topic, reasons.topic) AS topic,
            if(is_booked = 1, booked.log, reasons.log) AS log,
            splitByChar(':', if(is_booked = 1, booked.location, reasons.location)) AS parts,
            toInt32OrZero(parts[1]) AS partition,
            toInt64OrZero(parts[2]) AS first_offset,
            first_offset + 1 AS next_offset,
            if(is_booked = 1, 'corrections', 'epoch_ledger') AS table,
            1 AS expected,
            if(is_booked = 1 AND is_reasoned = 1, 1, 0) AS found,
            multiIf(
                is_booked = 0,
                concat(
                    'the event at line ', parts[3], ', index ', parts[4],
                    ' has a reason to be retracted, but was not'
                ),
                is_reasoned = 0,
                concat(
                    'the event at line ', parts[3], ', index ', parts[4],
                    ' was retracted without a reason'
                ),
                ''
            ) AS detail,
            1 AS rows
        FROM booked
        FULL JOIN reasons ON booked.log = reasons.log AND booked.location = reasons.location
    )
${check_result}
