-- Purpose: takes 0044_views_by_day_and_month back; views hold no rows.
DROP VIEW IF EXISTS ${database}.agentic_usage_months ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.llm_costs_reported_months ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.llm_costs_computed_months ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.llm_usage_months ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.api_usage_months ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.agentic_usage_days ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.llm_costs_reported_days ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.llm_costs_computed_days ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.llm_usage_days ${on_cluster} SYNC;
DROP VIEW IF EXISTS ${database}.api_usage_days ${on_cluster} SYNC;
