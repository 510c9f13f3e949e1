-- Purpose: the location of an epoch, for parts/check_result.sql.
-- Needs: `ledger`, rows of the CTE `checked_epochs`.
-- Columns: topic, log, partition, first_offset, next_offset.
ledger.topic AS topic,
ledger.log AS log,
ledger.partition AS partition,
ledger.epoch_first_offset AS first_offset,
ledger.version AS next_offset
