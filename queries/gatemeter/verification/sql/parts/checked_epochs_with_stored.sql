-- Purpose: every epoch that is checked, as `ledger`, with what is stored of it, if anything is.
-- Needs: the CTEs `checked_epochs` and `stored`, one row an epoch.
-- Columns: none; it is the FROM of a SELECT.
FROM checked_epochs AS ledger
LEFT JOIN stored
    ON stored.log = ledger.log
    AND stored.partition = ledger.partition
    AND stored.epoch_first_offset = ledger.epoch_first_offset
