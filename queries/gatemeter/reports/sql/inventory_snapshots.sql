-- Purpose: the whole snapshots of a time.
-- Parameters: first and last DateTime64(3, 'UTC'), both included; control_plane String, an id or a name, '' for all.
-- Columns: those of inventory_snapshots; by time.
SELECT *
FROM inventory_snapshots FINAL
WHERE taken_at BETWEEN {first:DateTime64(3, 'UTC')} AND {last:DateTime64(3, 'UTC')}
    AND {control_plane:String} IN ('', control_plane_id, control_plane_name)
ORDER BY taken_at, control_plane_id, snapshot_id
