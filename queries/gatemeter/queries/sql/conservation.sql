-- Purpose: where every consumed event went, over all logs, and whether the stored rows say the same as the ledger.
-- Parameters: none.
-- Columns: consumed, counted, duplicates, dead_letters, other_kind, holds (epoch by epoch), rows_agree (all rows
-- together; a flush that is under way has written rows that the ledger does not speak of yet).
SELECT
    toUInt64(sum(consumed)) AS consumed,
    toUInt64(sum(counted)) AS counted,
    toUInt64(sum(duplicates)) AS duplicates,
    toUInt64(sum(dead_letters)) AS dead_letters,
    toUInt64(sum(other_kind)) AS other_kind,
    countIf(NOT holds) = 0 AS holds,
    counted = (SELECT sum(requests) FROM api_usage)
        AND counted = (SELECT sum(requests) FROM monthly_requests FINAL)
        AND dead_letters = (SELECT count() FROM dead_letter_list) AS rows_agree
FROM conservation
