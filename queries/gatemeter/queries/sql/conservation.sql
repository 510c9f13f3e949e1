-- Purpose: where every consumed event went, over all logs.
-- Parameters: none.
-- Columns: consumed, counted, duplicates, dead_letters, other_kind, holds (epoch by epoch).
SELECT
    toUInt64(sum(consumed)) AS consumed,
    toUInt64(sum(counted)) AS counted,
    toUInt64(sum(duplicates)) AS duplicates,
    toUInt64(sum(dead_letters)) AS dead_letters,
    toUInt64(sum(other_kind)) AS other_kind,
    -- All logs; an empty store breaks no law.
    countIf(NOT holds) = 0 AS holds
FROM conservation
