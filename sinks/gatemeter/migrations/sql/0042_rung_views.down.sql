-- Purpose: takes 0042_rung_views back.
DROP VIEW IF EXISTS ${database}.api_usage_by_month ${on_cluster};
DROP VIEW IF EXISTS ${database}.api_usage_by_day ${on_cluster};
DROP VIEW IF EXISTS ${database}.api_usage_by_hour ${on_cluster};
DROP VIEW IF EXISTS ${database}.llm_usage_by_month ${on_cluster};
DROP VIEW IF EXISTS ${database}.llm_usage_by_day ${on_cluster};
DROP VIEW IF EXISTS ${database}.llm_usage_by_hour ${on_cluster};
DROP VIEW IF EXISTS ${database}.agentic_usage_by_month ${on_cluster};
DROP VIEW IF EXISTS ${database}.agentic_usage_by_day ${on_cluster};
DROP VIEW IF EXISTS ${database}.agentic_usage_by_hour ${on_cluster};
DROP VIEW IF EXISTS ${database}.stream_sessions_by_month ${on_cluster};
DROP VIEW IF EXISTS ${database}.stream_sessions_by_day ${on_cluster};
DROP VIEW IF EXISTS ${database}.stream_sessions_by_hour ${on_cluster};
DROP VIEW IF EXISTS ${database}.meter_usage_by_month ${on_cluster};
DROP VIEW IF EXISTS ${database}.meter_usage_by_day ${on_cluster};
DROP VIEW IF EXISTS ${database}.meter_usage_by_hour ${on_cluster};
DROP VIEW IF EXISTS ${database}.settled_usage ${on_cluster};
