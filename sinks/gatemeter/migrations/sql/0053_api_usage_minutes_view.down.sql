-- Purpose: takes 0053_api_usage_minutes_view back; views hold no rows.
DROP VIEW IF EXISTS ${database}.api_usage_minutes ${on_cluster} SYNC;
