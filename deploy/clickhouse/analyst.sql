-- A login for people who write SQL (docs/sql.md): it reads the views, and nothing else. Run it as an administrator of the
-- server after `gatemeter migrate`, and again after an upgrade; on a cluster add ON CLUSTER to each statement:
--
--   clickhouse-client --param_password='...' --multiquery < deploy/clickhouse/analyst.sql
--
-- The views run with the rights of the user who ran `gatemeter migrate` (SQL SECURITY DEFINER): keep that user. Tables,
-- texts of events and encrypted originals of dead letters are not granted, and table functions such as url, file and remote
-- need grants that are not given here either.

CREATE SETTINGS PROFILE IF NOT EXISTS gatemeter_analyst;

-- A session may change no setting but how long a statement may take, which Grafana's data source does with every statement.
ALTER SETTINGS PROFILE gatemeter_analyst SETTINGS
    readonly = 1,
    max_execution_time = 60 MIN 1 MAX 300 CHANGEABLE_IN_READONLY,
    max_memory_usage = 4000000000,
    max_result_bytes = 1000000000,
    do_not_merge_across_partitions_select_final = 1;

CREATE ROLE IF NOT EXISTS gatemeter_analyst;

GRANT SELECT ON gatemeter.agentic_latency TO gatemeter_analyst;
GRANT SELECT ON gatemeter.agentic_latency_by_day TO gatemeter_analyst;
GRANT SELECT ON gatemeter.agentic_latency_by_hour TO gatemeter_analyst;
GRANT SELECT ON gatemeter.agentic_usage TO gatemeter_analyst;
GRANT SELECT ON gatemeter.agentic_usage_days TO gatemeter_analyst;
GRANT SELECT ON gatemeter.agentic_usage_months TO gatemeter_analyst;
GRANT SELECT ON gatemeter.api_latency TO gatemeter_analyst;
GRANT SELECT ON gatemeter.api_latency_by_day TO gatemeter_analyst;
GRANT SELECT ON gatemeter.api_latency_by_hour TO gatemeter_analyst;
GRANT SELECT ON gatemeter.api_size TO gatemeter_analyst;
GRANT SELECT ON gatemeter.api_usage TO gatemeter_analyst;
GRANT SELECT ON gatemeter.api_usage_days TO gatemeter_analyst;
GRANT SELECT ON gatemeter.api_usage_minutes TO gatemeter_analyst;
GRANT SELECT ON gatemeter.api_usage_months TO gatemeter_analyst;
GRANT SELECT ON gatemeter.billable_monthly TO gatemeter_analyst;
GRANT SELECT ON gatemeter.conservation TO gatemeter_analyst;
GRANT SELECT ON gatemeter.dead_letter_reasons TO gatemeter_analyst;
GRANT SELECT ON gatemeter.imported_billable TO gatemeter_analyst;
GRANT SELECT ON gatemeter.inventory TO gatemeter_analyst;
GRANT SELECT ON gatemeter.inventory_consumers TO gatemeter_analyst;
GRANT SELECT ON gatemeter.inventory_counts TO gatemeter_analyst;
GRANT SELECT ON gatemeter.inventory_history TO gatemeter_analyst;
GRANT SELECT ON gatemeter.inventory_nodes TO gatemeter_analyst;
GRANT SELECT ON gatemeter.inventory_plugins TO gatemeter_analyst;
GRANT SELECT ON gatemeter.inventory_routes TO gatemeter_analyst;
GRANT SELECT ON gatemeter.license_monthly TO gatemeter_analyst;
GRANT SELECT ON gatemeter.llm_costs_computed TO gatemeter_analyst;
GRANT SELECT ON gatemeter.llm_costs_computed_days TO gatemeter_analyst;
GRANT SELECT ON gatemeter.llm_costs_computed_months TO gatemeter_analyst;
GRANT SELECT ON gatemeter.llm_costs_reported TO gatemeter_analyst;
GRANT SELECT ON gatemeter.llm_costs_reported_days TO gatemeter_analyst;
GRANT SELECT ON gatemeter.llm_costs_reported_months TO gatemeter_analyst;
GRANT SELECT ON gatemeter.llm_latency TO gatemeter_analyst;
GRANT SELECT ON gatemeter.llm_latency_by_day TO gatemeter_analyst;
GRANT SELECT ON gatemeter.llm_latency_by_hour TO gatemeter_analyst;
GRANT SELECT ON gatemeter.llm_usage TO gatemeter_analyst;
GRANT SELECT ON gatemeter.llm_usage_days TO gatemeter_analyst;
GRANT SELECT ON gatemeter.llm_usage_months TO gatemeter_analyst;
GRANT SELECT ON gatemeter.meter_usage TO gatemeter_analyst;
GRANT SELECT ON gatemeter.stream_sessions TO gatemeter_analyst;

CREATE USER IF NOT EXISTS analyst IDENTIFIED WITH sha256_password BY {password:String};

ALTER USER analyst SETTINGS PROFILE gatemeter_analyst;

GRANT gatemeter_analyst TO analyst;

ALTER USER analyst DEFAULT ROLE gatemeter_analyst;
