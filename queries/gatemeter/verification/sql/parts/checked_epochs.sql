-- Purpose: the CTE `checked_epochs`: the epochs of the ledger that are verified, which are all of them.
-- Parameters: none; where a span is asked for, span/checked_epochs.sql stands here.
-- Columns: those of epoch_ledger.
checked_epochs AS
(
    SELECT *
    FROM epoch_ledger FINAL
)
