-- Purpose: takes 0008_dead_letter_list_view back; a view holds no rows.
DROP VIEW IF EXISTS ${database}.dead_letter_list ${on_cluster} SYNC;
