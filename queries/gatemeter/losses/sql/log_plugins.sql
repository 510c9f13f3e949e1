-- Purpose: the services that the newest inventory has log plugins on.
-- Parameters: plugins Array(String), the names of plugins that log.
-- Columns: told_at (when the oldest of the newest snapshots was taken, UTC, ISO 8601; '' without any), is_complete (all
--   plugins of all control planes are listed), is_global (one is on everything), services (ids and names of those that
--   have one), services_in_part (of those with one on some of their routes).
-- A plugin without a scope is on all of its workspace, and on nothing of others (Kong Enterprise, workspaces).
WITH
    listed AS
    (
        SELECT control_plane_id, argMax(completeness, taken_at) AS listed_as, max(taken_at) AS listed_at
        FROM inventory_counts
        WHERE kind = 'plugin' AND completeness IN ('complete', 'partial')
        GROUP BY control_plane_id
    ),
    logging AS
    (
        SELECT
            (control_plane_id, ifNull(workspace, '')) AS place,
            plugin_scope,
            ifNull(service_id, '') AS service_id,
            ifNull(route_id, '') AS route_id
        FROM inventory
        WHERE kind = 'plugin' AND has({plugins:Array(String)}, name) AND ifNull(is_enabled, 1) = 1
    ),
    services AS
    (
        SELECT (control_plane_id, ifNull(workspace, '')) AS place, id, ifNull(name, '') AS name
        FROM inventory
        WHERE kind = 'service'
    ),
    routes AS
    (
        SELECT id, ifNull(service_id, '') AS service_id FROM inventory WHERE kind = 'route'
    )
SELECT
    (SELECT if(count() = 0, '', formatDateTime(min(listed_at), '%Y-%m-%dT%H:%i:%SZ', 'UTC')) FROM listed) AS told_at,
    (SELECT min(listed_as = 'complete') FROM listed) AS is_complete,
    (SELECT countIf(plugin_scope = 'global') > 0 FROM logging)
        AND (SELECT count() = 0 FROM services WHERE place NOT IN (SELECT place FROM logging WHERE plugin_scope = 'global'))
        AS is_global,
    (
        SELECT groupUniqArrayArray([id, name])
        FROM services
        WHERE id IN (SELECT service_id FROM logging WHERE plugin_scope = 'service')
            OR place IN (SELECT place FROM logging WHERE plugin_scope = 'global')
    ) AS services,
    (
        SELECT groupUniqArrayArray([id, name])
        FROM services
        WHERE id IN
        (
            SELECT routes.service_id FROM routes WHERE routes.id IN (SELECT route_id FROM logging WHERE route_id != '')
        )
        OR id IN (SELECT service_id FROM logging WHERE plugin_scope LIKE 'service+%')
    ) AS services_in_part
