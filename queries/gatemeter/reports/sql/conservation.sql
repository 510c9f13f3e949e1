-- Purpose: where every consumed event went, over all logs, and whether the stored rows say the same as the ledger.
-- Parameters: none.
-- Columns: consumed, counted, duplicates, dead_letters, other_kind, fields_left_out, holds (epoch by epoch), rows_agree
--   (all rows together; a flush that is under way has written rows that the ledger does not speak of yet).
-- A replayed dead letter is in the account of its log as a dead letter, and in that of the replay with its events. It
-- was consumed once, so it is taken out of the former; `content_hash` of a replay's epoch begins with the place of
-- the dead letter. One of which only some events could be counted stands for the others.
WITH
    (
        SELECT uniqExact(log, arraySlice(splitByChar(':', content_hash), 1, 4) AS place)
        FROM epoch_ledger FINAL
        WHERE log_kind = 'replay'
            AND (log, arrayStringConcat(place, ':')) NOT IN
            (
                SELECT
                    concat('replay:', log),
                    concat(toString(partition), ':', toString(offset), ':', toString(line), ':', toString(event_index))
                FROM dead_letter_list
                WHERE reason IN
                    ('message_too_costly', 'too_many_rejected', 'too_many_events', 'unknown_format', 'decoder_failed')
            )
    ) AS replayed_dead_letters
SELECT
    toInt64(sum(consumed) - replayed_dead_letters) AS consumed,
    sum(counted) AS counted,
    sum(duplicates) AS duplicates,
    toInt64(sum(dead_letters) - replayed_dead_letters) AS dead_letters,
    sum(other_kind) AS other_kind,
    (SELECT sum(fields_left_out) FROM epoch_ledger FINAL) AS fields_left_out,
    countIf(NOT holds) = 0 AS holds,
    counted = (SELECT sum(requests) FROM api_usage)
        AND counted = (SELECT sum(requests) FROM monthly_requests FINAL)
        AND dead_letters = (SELECT count() FROM dead_letter_list) AS rows_agree
FROM conservation
