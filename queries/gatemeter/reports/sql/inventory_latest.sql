-- Purpose: the newest whole snapshot of each control plane and source.
-- Parameters: at DateTime64(3, 'UTC'), after which snapshots are left out.
-- Columns: those of inventory_snapshots; by control plane, source.
SELECT *
FROM inventory_snapshots FINAL
WHERE taken_at <= {at:DateTime64(3, 'UTC')}
ORDER BY control_plane_id, source, taken_at DESC, snapshot_id DESC
LIMIT 1 BY control_plane_id, source
