-- Purpose: how many entities of some sets are stored, for deciding whether a snapshot is whole.
-- Parameters: control_planes Array(String), set_ids Array(String).
-- Columns: control_plane_id, kind, set_id, entities.
SELECT control_plane_id, kind, set_id, uniqExact(entity_id) AS entities
FROM inventory_entities
WHERE control_plane_id IN {control_planes:Array(String)} AND set_id IN {set_ids:Array(String)}
GROUP BY control_plane_id, kind, set_id
