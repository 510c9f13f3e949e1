-- Purpose: how the copies of events are known, and in which logs.
-- Parameters: none.
-- Columns: identities (an array of `gatemeter.events.identity.IdentityKind`), logs (how many), topics (their names, up
--   to five). Epochs that an older version counted do not say.
SELECT identities, count() AS logs, arraySlice(arraySort(groupUniqArray(topic)), 1, 5) AS topics
FROM
(
    SELECT
        argMax(ledger.topic, ledger.epoch_first_offset) AS topic,
        arraySort(arrayDistinct(arrayFlatten(groupUniqArray(splitByChar(',', ledger.identities))))) AS identities
    FROM epoch_ledger AS ledger FINAL
    WHERE ledger.identities != '' AND ledger.log_kind IN ('kafka', 'file')
    GROUP BY ledger.log
)
GROUP BY identities
ORDER BY identities
SETTINGS do_not_merge_across_partitions_select_final = 1
