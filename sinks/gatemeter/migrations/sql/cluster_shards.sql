-- Purpose: how many shards a cluster has.
-- Parameters: cluster String.
-- Columns: the number of shards, 0 for an unknown cluster.
SELECT uniqExact(shard_num) FROM system.clusters WHERE cluster = {cluster:String}
