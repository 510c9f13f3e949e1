-- Purpose: events that could not be counted, of a time or of a time that is not known.
-- Parameters: from, to DateTime('UTC'), times in [from, to).
-- Columns: topic, reason, letters; is_timed, 0 where the message says no time; by topic, the most frequent reason first.
SELECT topic, reason, toUInt8(message_time IS NOT NULL) AS is_timed, count() AS letters
FROM dead_letter_list
WHERE message_time IS NULL OR (message_time >= {from:DateTime('UTC')} AND message_time < {to:DateTime('UTC')})
GROUP BY topic, reason, is_timed
ORDER BY topic, letters DESC, reason, is_timed
