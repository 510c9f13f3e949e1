-- Purpose: the control planes that there are for who asks.
-- Parameters: allowed_consumers, allowed_workspaces Array(String): with consumers there are none, with workspaces those
--   that have entities in one.
-- Columns: control_plane, its last name, else its id; first_taken_at, of its first snapshot; by time.
SELECT
    if(argMax(control_plane_name, (taken_at, snapshot_id)) AS last_name != '', last_name, control_plane_id) AS control_plane,
    min(taken_at) AS first_taken_at
FROM inventory_snapshots
WHERE empty({allowed_consumers:Array(String)})
    AND (
        empty({allowed_workspaces:Array(String)})
        OR control_plane_id IN
        (
            SELECT control_plane_id
            FROM inventory_entities
            WHERE has({allowed_workspaces:Array(String)}, if(kind = 'workspace', name, workspace))
        )
    )
GROUP BY control_plane_id
ORDER BY first_taken_at, control_plane
