-- Purpose: how much of services, routes, consumers and credentials the snapshots of a time tell, of each control plane.
-- Parameters: as in configured_entities.sql.
-- Columns: control_plane_id, control_plane (its last name, else its id), kind; first_listed and last_listed, times of the
--   first and last snapshot that lists the kind, NULL where none does; told, what snapshots say of it that were asked:
--   complete, partial, counted, forbidden, ...
WITH
    snapshots AS
    (
        SELECT
            control_plane_id,
            control_plane_name,
            taken_at,
            asked,
            -- A license report lists nothing: it leaves what others tell as it is.
            if(source = 'license_report', '', toString(completeness[indexOf(kinds, asked)])) AS told_as
        FROM inventory_snapshots FINAL
        ARRAY JOIN ['service', 'route', 'consumer', 'credential'] AS asked
        WHERE taken_at < {to:DateTime('UTC')}
    ),
    befores AS
    (
        SELECT
            control_plane_id,
            asked,
            maxIf(taken_at, taken_at < {from:DateTime('UTC')} AND told_as NOT IN ('', 'not_asked')) AS before
        FROM snapshots
        GROUP BY control_plane_id, asked
    )
SELECT
    snapshots.control_plane_id AS control_plane_id,
    if(argMax(control_plane_name, taken_at) AS last_name != '', last_name, control_plane_id) AS control_plane,
    snapshots.asked AS kind,
    minOrNullIf(taken_at, told_as IN ('complete', 'partial')) AS first_listed,
    maxOrNullIf(taken_at, told_as IN ('complete', 'partial')) AS last_listed,
    arraySort(groupUniqArrayIf(told_as, told_as NOT IN ('', 'not_asked'))) AS told
FROM snapshots
INNER JOIN befores ON snapshots.control_plane_id = befores.control_plane_id AND snapshots.asked = befores.asked
WHERE taken_at >= {from:DateTime('UTC')} OR taken_at >= before
GROUP BY control_plane_id, kind
ORDER BY control_plane, control_plane_id, kind
