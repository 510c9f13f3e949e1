-- Purpose: takes 0052_api_usage_minutely back, with all minutes; the hours hold the same requests.
ALTER TABLE ${database}.epoch_ledger ${on_cluster} DROP COLUMN IF EXISTS minutes_from;
DROP TABLE IF EXISTS ${database}.api_usage_minutely ${on_cluster} SYNC;
