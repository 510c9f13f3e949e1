-- Purpose: take the views of the inventory away.
DROP VIEW IF EXISTS ${database}.inventory_nodes ${on_cluster};
DROP VIEW IF EXISTS ${database}.inventory_consumers ${on_cluster};
DROP VIEW IF EXISTS ${database}.inventory_plugins ${on_cluster};
DROP VIEW IF EXISTS ${database}.inventory_routes ${on_cluster};
DROP VIEW IF EXISTS ${database}.inventory_counts ${on_cluster};
DROP VIEW IF EXISTS ${database}.inventory_history ${on_cluster};
DROP VIEW IF EXISTS ${database}.inventory ${on_cluster};
