-- Purpose: takes 0009_llm_usage_hourly back, with all rows of the table.
-- SYNC: a replicated table is gone from Keeper when this returns, so that it can be created again at once.
DROP TABLE IF EXISTS ${database}.llm_usage_hourly ${on_cluster} SYNC;
