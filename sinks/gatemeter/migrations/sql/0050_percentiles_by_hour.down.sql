-- Purpose: takes 0050_percentiles_by_hour back; views hold no rows.
DROP VIEW IF EXISTS ${database}.agentic_latency_by_hour ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.llm_latency_by_hour ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.api_latency_by_hour ${on_cluster} SYNC;
