-- Purpose: the services, routes, consumers and credentials that snapshots of a time list, and the snapshots that list them.
-- Parameters: from, to DateTime('UTC'). Snapshots are those of [from, to), and the last one before of each control plane
--   and kind.
-- Columns: control_plane_id, kind, entity_id, with what the last snapshot says of it; names, all that it had; first_listed,
--   last_listed, times of the first and last snapshot that have it.
WITH
    listings AS
    (
        SELECT control_plane_id, taken_at, each.1 AS kind, each.2 AS set_id
        FROM inventory_snapshots FINAL
        ARRAY JOIN arrayZip(kinds, set_ids) AS each
        WHERE each.2 != '' AND each.1 IN ('service', 'route', 'consumer', 'credential') AND taken_at < {to:DateTime('UTC')}
    ),
    sets AS
    (
        SELECT control_plane_id, kind, set_id, min(taken_at) AS first_listed, max(taken_at) AS last_listed
        FROM
        (
            SELECT *
            FROM listings
            WHERE taken_at >= {from:DateTime('UTC')}
            UNION ALL
            SELECT *
            FROM
            (
                SELECT *
                FROM listings
                WHERE taken_at < {from:DateTime('UTC')}
                ORDER BY taken_at DESC
                LIMIT 1 BY control_plane_id, kind
            )
        )
        GROUP BY control_plane_id, kind, set_id
    )
SELECT
    entity.control_plane_id AS control_plane_id,
    entity.kind AS kind,
    entity.entity_id AS entity_id,
    argMax(entity.workspace, sets.last_listed) AS workspace,
    argMax(entity.service_name, sets.last_listed) AS service,
    argMax(entity.consumer_id, sets.last_listed) AS consumer_id,
    argMax(if(entity.kind = 'consumer', entity.username, entity.name), sets.last_listed) AS name,
    arrayFilter(
        each -> each != '',
        groupUniqArrayArray(
            if(entity.kind = 'consumer', [entity.username, entity.custom_id], [entity.name])
        )
    ) AS names,
    min(sets.first_listed) AS first_listed,
    max(sets.last_listed) AS last_listed
FROM inventory_entities AS entity FINAL
INNER JOIN sets
    ON entity.control_plane_id = sets.control_plane_id AND entity.kind = sets.kind AND entity.set_id = sets.set_id
GROUP BY control_plane_id, kind, entity_id
ORDER BY kind, control_plane_id, workspace, name, entity_id
