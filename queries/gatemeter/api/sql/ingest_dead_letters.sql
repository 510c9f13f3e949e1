-- Purpose: the dead letters that stand, by reason, each with one of them as an example.
-- Parameters: text_length UInt64, of the example's text.
-- Columns: reason, count, detail, topic (or file), place (as commands take it), example (what is kept in clear: names and
--   values are masked, see docs/dead-letters.md); the most frequent reason first.
SELECT
    reason,
    count() AS count,
    argMin(detail, at) AS detail,
    argMin(topic, at) AS topic,
    argMin(concat(log, ':', toString(partition), ':', toString(offset), ':', toString(line), ':', toString(event_index)), at)
        AS place,
    substringUTF8(toValidUTF8(argMin(raw, at)), 1, {text_length:UInt64}) AS example
FROM (SELECT *, (log, partition, offset, line, event_index) AS at FROM dead_letter_list)
GROUP BY reason
ORDER BY count DESC, reason
