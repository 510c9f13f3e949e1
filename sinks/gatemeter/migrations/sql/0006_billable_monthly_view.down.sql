-- Purpose: takes 0006_billable_monthly_view back; a view holds no rows.
DROP VIEW IF EXISTS ${database}.billable_monthly ${on_cluster} SYNC;
