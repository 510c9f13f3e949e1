-- Purpose: takes 0041_rungs back; the hours hold all of it.
DROP VIEW IF EXISTS ${database}.api_usage_touches ${on_cluster};
DROP VIEW IF EXISTS ${database}.llm_usage_touches ${on_cluster};
DROP VIEW IF EXISTS ${database}.agentic_usage_touches ${on_cluster};
DROP VIEW IF EXISTS ${database}.stream_sessions_touches ${on_cluster};
DROP VIEW IF EXISTS ${database}.meter_usage_touches ${on_cluster};
DROP TABLE IF EXISTS ${database}.api_usage_daily ${on_cluster};
DROP TABLE IF EXISTS ${database}.api_usage_monthly ${on_cluster};
DROP TABLE IF EXISTS ${database}.llm_usage_daily ${on_cluster};
DROP TABLE IF EXISTS ${database}.llm_usage_monthly ${on_cluster};
DROP TABLE IF EXISTS ${database}.agentic_usage_daily ${on_cluster};
DROP TABLE IF EXISTS ${database}.agentic_usage_monthly ${on_cluster};
DROP TABLE IF EXISTS ${database}.stream_sessions_daily ${on_cluster};
DROP TABLE IF EXISTS ${database}.stream_sessions_monthly ${on_cluster};
DROP TABLE IF EXISTS ${database}.meter_usage_daily ${on_cluster};
DROP TABLE IF EXISTS ${database}.meter_usage_monthly ${on_cluster};
DROP TABLE IF EXISTS ${database}.settled_units ${on_cluster};
DROP TABLE IF EXISTS ${database}.usage_touches ${on_cluster};
