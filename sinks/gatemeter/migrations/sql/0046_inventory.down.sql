-- Purpose: take the tables of the inventory away.
DROP TABLE IF EXISTS ${database}.inventory_dead_letters ${on_cluster};
DROP TABLE IF EXISTS ${database}.inventory_snapshots ${on_cluster};
DROP TABLE IF EXISTS ${database}.inventory_entities ${on_cluster};
