-- Purpose: messages without a key in topics of several partitions, whose copies may be counted in another partition.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: topic, log, partitions (of the topic, as far as the store knows), epochs, messages (without a key).
-- Epochs whose events the event ledger was given are left out: it finds copies anywhere. Dead letters are not counted.
WITH
    ${checked_epochs},
    topics AS
    (
        SELECT log, uniqExact(partition) AS partitions
        FROM
        (
            SELECT log, partition FROM epoch_ledger FINAL WHERE log_kind = 'kafka'
            UNION ALL
            SELECT log, partition FROM counting_starts FINAL
        )
        GROUP BY log
        HAVING partitions > 1
    )
SELECT
    any(topic) AS topic,
    log,
    any(topics.partitions) AS partitions,
    count() AS epochs,
    sum(unkeyed) AS messages
FROM checked_epochs
INNER JOIN topics ON topics.log = checked_epochs.log
WHERE log_kind = 'kafka' AND unkeyed > 0 AND first_event_time IS NULL AND consumed > dead_letters
GROUP BY log
ORDER BY topic, log
SETTINGS do_not_merge_across_partitions_select_final = 1
