-- Purpose: takes 0007_conservation_view back; a view holds no rows.
DROP VIEW IF EXISTS ${database}.conservation ${on_cluster} SYNC;
