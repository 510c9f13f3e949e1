-- Purpose: takes 0014_llm_costs_view back; a view holds no rows.
DROP VIEW IF EXISTS ${database}.llm_costs ${on_cluster} SYNC;
