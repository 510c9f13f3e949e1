-- Purpose: `llm_usage`, `agentic_usage` and `stream_sessions`, the hourly rows as people should read them: replaced
-- rows are gone whether or not the parts were merged yet.
CREATE VIEW IF NOT EXISTS ${database}.llm_usage ${on_cluster} AS
SELECT *
FROM ${database}.llm_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS ${database}.agentic_usage ${on_cluster} AS
SELECT *
FROM ${database}.agentic_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
CREATE VIEW IF NOT EXISTS ${database}.stream_sessions ${on_cluster} AS
SELECT * REPLACE (nullIf(status, -1) AS status)
FROM ${database}.stream_sessions_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
