-- Purpose: the number of events that were counted although a copy of them was counted too.
-- Parameters: those of parts/cross_epoch_copies.sql.
-- Columns: copies.
WITH ${cross_epoch_copies}
SELECT count() AS copies
FROM copies
SETTINGS do_not_merge_across_partitions_select_final = 1
