-- Purpose: the newest two whole snapshots of each control plane and source, for what changed between them.
-- Parameters: control_plane String, an id or a name, '' for all.
-- Columns: those of inventory_snapshots; by control plane, source and time.
SELECT *
FROM
(
    SELECT *
    FROM inventory_snapshots FINAL
    WHERE {control_plane:String} IN ('', control_plane_id, control_plane_name)
    ORDER BY control_plane_id, source, taken_at DESC, snapshot_id DESC
    LIMIT 2 BY control_plane_id, source
)
ORDER BY control_plane_id, source, taken_at, snapshot_id
