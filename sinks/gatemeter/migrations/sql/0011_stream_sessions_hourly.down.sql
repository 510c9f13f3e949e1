-- Purpose: takes 0011_stream_sessions_hourly back, with all rows of the table.
-- SYNC: a replicated table is gone from Keeper when this returns, so that it can be created again at once.
DROP TABLE IF EXISTS ${database}.stream_sessions_hourly ${on_cluster} SYNC;
