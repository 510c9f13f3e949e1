-- Purpose: take back 0048; what was found of a gateway's own counters is lost, and can be found again while they are kept.
DROP TABLE IF EXISTS ${database}.gateway_comparisons ${on_cluster} SYNC;
