-- Purpose: takes 0038_latency_views back; views hold no rows.
DROP VIEW IF EXISTS ${database}.agentic_latency_by_day ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.llm_latency_by_day ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.api_latency_by_day ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.agentic_latency ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.llm_latency ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.api_latency ${on_cluster} SYNC;
