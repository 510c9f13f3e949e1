-- Purpose: the entities of the sets of a snapshot.
-- Parameters: control_plane_id String, kinds Array(String), set_ids Array(String).
-- Columns: those of inventory_entities; by set and id.
SELECT *
FROM inventory_entities FINAL
WHERE control_plane_id = {control_plane_id:String}
    AND kind IN {kinds:Array(String)}
    AND set_id IN {set_ids:Array(String)}
ORDER BY set_id, entity_id
