-- Purpose: how many dead letters stand, by topic (or file) and reason.
-- Parameters: as in parts/chosen_letters.sql.
-- Columns: topic, reason, letters; by topic, the most frequent reason first.
WITH ${chosen_letters}
SELECT topic, reason, count() AS letters
FROM chosen_letters
GROUP BY topic, reason
ORDER BY topic, letters DESC, reason
