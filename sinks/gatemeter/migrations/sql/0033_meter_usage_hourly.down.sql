-- Purpose: takes 0033_meter_usage_hourly back, with all rows of the table.
-- SYNC: a replicated table is gone from Keeper when this returns, so that it can be created again at once.
DROP VIEW IF EXISTS ${database}.meter_usage ${on_cluster} SYNC;
ALTER TABLE ${database}.epoch_ledger ${on_cluster}
    DROP COLUMN IF EXISTS metered_other,
    DROP COLUMN IF EXISTS meter_events;
DROP TABLE IF EXISTS ${database}.meter_usage_hourly ${on_cluster} SYNC;
