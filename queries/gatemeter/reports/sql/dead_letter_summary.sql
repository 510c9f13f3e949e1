-- Purpose: how many dead letters stand, by topic (or file) and reason.
-- Parameters: as in parts/chosen_dead_letters.sql.
-- Columns: topic, reason, letters; by topic, the most frequent reason first.
WITH ${chosen_dead_letters}
SELECT topic, reason, count() AS letters
FROM chosen_dead_letters
GROUP BY topic, reason
ORDER BY topic, letters DESC, reason
