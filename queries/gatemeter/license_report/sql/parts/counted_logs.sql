-- Purpose: a condition: the log is of the chosen topics, or is one of corrections or replays of theirs.
-- Parameters: topics Array(String), topics or files by the names of the epoch ledger; empty for all.
(
    empty({topics:Array(String)})
    OR log IN (SELECT DISTINCT log FROM epoch_ledger FINAL WHERE topic IN {topics:Array(String)})
)
