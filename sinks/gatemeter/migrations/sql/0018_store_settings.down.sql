-- Purpose: take back 0018; which epochs the event ledger was kept of is lost.
ALTER TABLE ${database}.epoch_ledger ${on_cluster} DROP COLUMN IF EXISTS first_event_time;
DROP TABLE IF EXISTS ${database}.store_settings ${on_cluster} SYNC;
