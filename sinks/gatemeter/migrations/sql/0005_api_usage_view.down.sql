-- Purpose: takes 0005_api_usage_view back; a view holds no rows.
DROP VIEW IF EXISTS ${database}.api_usage ${on_cluster} SYNC;
