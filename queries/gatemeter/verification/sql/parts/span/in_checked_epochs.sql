-- Purpose: in the place of ../in_checked_epochs.sql, the condition that a row of usage belongs to an epoch that is checked.
-- Needs: the CTE `checked_epochs`, and the columns log, partition and epoch_first_offset.
-- Columns: none; it is the condition of a WHERE.
(log, partition, epoch_first_offset) IN (SELECT log, partition, epoch_first_offset FROM checked_epochs)
