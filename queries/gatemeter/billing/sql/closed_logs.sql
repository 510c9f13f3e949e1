-- Purpose: how far each partition was consumed, and what became of its events.
-- Parameters: now DateTime('UTC').
-- Columns: log, topic, log_kind, partition, first_offset, next_offset, consumed, counted, duplicates, dead_letters, other_kind;
--   latest_s, the begin of the latest hour with usage in Unix seconds, NULL where no event was counted; an event of a
--   clock that is ahead says nothing of those before it, so hours behind `now` do not count; rules, those that made rows,
--   sorted.
SELECT
    ledger.log AS log,
    any(ledger.topic) AS topic,
    any(ledger.log_kind) AS log_kind,
    ledger.partition AS partition,
    min(ledger.epoch_first_offset) AS first_offset,
    max(ledger.version) AS next_offset,
    sum(ledger.consumed) AS consumed,
    sum(ledger.counted) AS counted,
    sum(ledger.duplicates) AS duplicates,
    sum(ledger.dead_letters) AS dead_letters,
    sum(ledger.other_kind) AS other_kind,
    any(latest.latest_s) AS latest_s,
    arraySort(groupUniqArray(ledger.rules)) AS rules
FROM epoch_ledger AS ledger FINAL
LEFT JOIN
(
    SELECT log, partition, toNullable(max(toInt64(toUnixTimestamp(hour)))) AS latest_s
    FROM usage_touches
    WHERE hour <= {now:DateTime('UTC')}
    GROUP BY log, partition
) AS latest ON latest.log = ledger.log AND latest.partition = ledger.partition
GROUP BY log, partition
ORDER BY log, partition
