-- Purpose: the number of epochs that the event ledger holds only in part, so that their events cannot be compared.
-- Parameters: those of parts/checked_epochs.sql.
-- Columns: epochs.
WITH
    ${checked_epochs},
    ${event_accounts}
SELECT countIf(events < readable) AS epochs
FROM event_accounts
SETTINGS join_use_nulls = 0, do_not_merge_across_partitions_select_final = 1
