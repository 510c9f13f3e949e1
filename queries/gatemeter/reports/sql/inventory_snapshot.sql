-- Purpose: one whole snapshot; two rows where the beginning of an id names several.
-- Parameters: snapshot_id String, an id or its beginning.
-- Columns: those of inventory_snapshots.
SELECT *
FROM inventory_snapshots FINAL
WHERE startsWith(snapshot_id, {snapshot_id:String})
ORDER BY snapshot_id
LIMIT 2
