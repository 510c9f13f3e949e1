-- Purpose: topics of which a large share of the events were copies.
-- Parameters: those of parts/checked_epochs.sql; share Float64, from which on it is large; copies Int64, the fewest.
-- Columns: topic, log, events, copies; by topic and log.
WITH ${checked_epochs}
SELECT
    any(topic) AS topic,
    log,
    sum(consumed) - sum(dead_letters) AS events,
    sum(duplicates) AS copies
FROM checked_epochs
WHERE log_kind = 'kafka'
GROUP BY log
HAVING copies >= {copies:Int64} AND copies >= {share:Float64} * events
ORDER BY topic, log
SETTINGS do_not_merge_across_partitions_select_final = 1
