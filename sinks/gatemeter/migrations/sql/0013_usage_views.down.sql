-- Purpose: takes 0013_usage_views back; a view holds no rows.
DROP VIEW IF EXISTS ${database}.stream_sessions ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.agentic_usage ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.llm_usage ${on_cluster} SYNC;
