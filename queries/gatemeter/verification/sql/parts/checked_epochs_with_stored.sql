-- Purpose: every checked epoch, as `ledger`, with the rows that are stored of it, if there are any.
-- Needs: the CTEs `checked_epochs` and `stored`, one row an epoch.
-- Columns: none; it is the FROM of a SELECT.
FROM checked_epochs AS ledger
LEFT JOIN stored
    ON stored.log = ledger.log
    AND stored.partition = ledger.partition
    AND stored.epoch_first_offset = ledger.epoch_first_offset
