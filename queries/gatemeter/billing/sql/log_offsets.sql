-- Purpose: between which offsets of each partition the events of a time are, and others may be.
-- Parameters: usage_table Identifier, a table of usage per hour; from, to DateTime('UTC'), hours in [from, to).
-- Columns: log, partition, topic ('' where the store does not know it), first_offset, next_offset.
-- Rows that were replaced end before those that took their place.
SELECT
    usage.log AS log,
    usage.partition AS partition,
    ledger.topic AS topic,
    usage.first_offset AS first_offset,
    usage.next_offset AS next_offset
FROM
(
    SELECT log, partition, min(epoch_first_offset) AS first_offset, max(version) AS next_offset
    FROM {usage_table:Identifier}
    WHERE hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
    GROUP BY log, partition
) AS usage
LEFT JOIN
(
    SELECT log, partition, any(topic) AS topic
    FROM epoch_ledger
    GROUP BY log, partition
) AS ledger ON ledger.log = usage.log AND ledger.partition = usage.partition
ORDER BY topic, partition, log
