-- Purpose: `api_usage`, the hourly rows as people should read them: replaced rows are gone whether or not the parts
-- were merged yet, and an unknown status is NULL. Add up `requests`; one key has a row per epoch of the log.
CREATE VIEW IF NOT EXISTS ${database}.api_usage ${on_cluster} AS
SELECT * REPLACE (nullIf(status, -1) AS status)
FROM ${database}.api_usage_hourly FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
