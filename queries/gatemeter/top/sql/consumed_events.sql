-- Purpose: how many events were consumed and what became of them, over all logs; to tell how fast that goes on.
-- Parameters: none.
-- Columns: consumed, counted, duplicates, dead_letters, other_kind.
SELECT
    toInt64(sum(ledger.consumed)) AS consumed,
    toInt64(sum(ledger.counted)) AS counted,
    toInt64(sum(ledger.duplicates)) AS duplicates,
    toInt64(sum(ledger.dead_letters)) AS dead_letters,
    toInt64(sum(ledger.other_kind)) AS other_kind
FROM epoch_ledger AS ledger FINAL
WHERE ledger.log_kind IN ('kafka', 'file')
