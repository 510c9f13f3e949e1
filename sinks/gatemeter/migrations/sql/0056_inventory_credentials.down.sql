-- Purpose: take the time of creation away again; what is configured stays.
CREATE OR REPLACE VIEW ${database}.inventory ${on_cluster} SQL SECURITY DEFINER AS
SELECT
    snapshot.taken_at AS taken_at,
    entity.control_plane_id AS control_plane_id,
    nullIf(snapshot.control_plane_name, '') AS control_plane,
    snapshot.source AS source,
    snapshot.snapshot_id AS snapshot_id,
    entity.kind AS kind,
    snapshot.completeness AS completeness,
    entity.entity_id AS id,
    nullIf(entity.name, '') AS name,
    nullIf(entity.workspace, '') AS workspace,
    nullIf(entity.service_id, '') AS service_id,
    nullIf(entity.service_name, '') AS service_name,
    nullIf(entity.route_id, '') AS route_id,
    nullIf(entity.route_name, '') AS route_name,
    nullIf(entity.consumer_id, '') AS consumer_id,
    nullIf(entity.consumer_group_id, '') AS consumer_group_id,
    nullIf(entity.plugin_tier, '') AS plugin_tier,
    nullIf(entity.plugin_scope, '') AS plugin_scope,
    entity.is_enabled AS is_enabled,
    nullIf(entity.username, '') AS username,
    nullIf(entity.custom_id, '') AS custom_id,
    nullIf(entity.realm, '') AS realm,
    nullIf(entity.hostname, '') AS hostname,
    nullIf(entity.gateway_version, '') AS gateway_version,
    nullIf(entity.role, '') AS role,
    entity.last_seen AS last_seen,
    entity.tags AS tags,
    entity.target_hashes AS target_hashes,
    nullIf(entity.definition_hash, '') AS definition_hash,
    entity.updated_at AS updated_at
FROM ${database}.inventory_entities AS entity FINAL
INNER JOIN
(
    SELECT
        told.1 AS taken_at,
        control_plane_id,
        told.2 AS control_plane_name,
        told.3 AS source,
        told.4 AS snapshot_id,
        kind,
        told.5 AS completeness,
        told.6 AS set_id
    FROM
    (
        SELECT
            control_plane_id,
            each.1 AS kind,
            -- The newest snapshot that lists entities of this kind.
            max((taken_at, control_plane_name, source, snapshot_id, each.2, each.3)) AS told
        FROM ${database}.inventory_snapshots AS stored FINAL
        ARRAY JOIN arrayZip(stored.kinds, stored.completeness, stored.set_ids) AS each
        WHERE each.3 != ''
        GROUP BY control_plane_id, kind
    )
) AS snapshot
    ON entity.control_plane_id = snapshot.control_plane_id AND entity.kind = snapshot.kind AND entity.set_id = snapshot.set_id;
CREATE OR REPLACE VIEW ${database}.inventory_history ${on_cluster} SQL SECURITY DEFINER AS
SELECT
    snapshot.taken_at AS taken_at,
    entity.control_plane_id AS control_plane_id,
    nullIf(snapshot.control_plane_name, '') AS control_plane,
    snapshot.source AS source,
    snapshot.snapshot_id AS snapshot_id,
    entity.kind AS kind,
    snapshot.completeness AS completeness,
    entity.entity_id AS id,
    nullIf(entity.name, '') AS name,
    nullIf(entity.workspace, '') AS workspace,
    nullIf(entity.service_id, '') AS service_id,
    nullIf(entity.service_name, '') AS service_name,
    nullIf(entity.route_id, '') AS route_id,
    nullIf(entity.route_name, '') AS route_name,
    nullIf(entity.consumer_id, '') AS consumer_id,
    nullIf(entity.consumer_group_id, '') AS consumer_group_id,
    nullIf(entity.plugin_tier, '') AS plugin_tier,
    nullIf(entity.plugin_scope, '') AS plugin_scope,
    entity.is_enabled AS is_enabled,
    nullIf(entity.username, '') AS username,
    nullIf(entity.custom_id, '') AS custom_id,
    nullIf(entity.realm, '') AS realm,
    nullIf(entity.hostname, '') AS hostname,
    nullIf(entity.gateway_version, '') AS gateway_version,
    nullIf(entity.role, '') AS role,
    entity.last_seen AS last_seen,
    entity.tags AS tags,
    entity.target_hashes AS target_hashes,
    nullIf(entity.definition_hash, '') AS definition_hash,
    entity.updated_at AS updated_at
FROM ${database}.inventory_entities AS entity FINAL
INNER JOIN
(
    SELECT
        taken_at,
        control_plane_id,
        control_plane_name,
        source,
        snapshot_id,
        told.1 AS kind,
        told.2 AS completeness,
        told.3 AS set_id
    FROM ${database}.inventory_snapshots AS stored FINAL
    ARRAY JOIN arrayZip(stored.kinds, stored.completeness, stored.set_ids) AS told
    WHERE told.3 != ''
) AS snapshot
    ON entity.control_plane_id = snapshot.control_plane_id AND entity.kind = snapshot.kind AND entity.set_id = snapshot.set_id;
ALTER TABLE ${database}.inventory_entities ${on_cluster} DROP COLUMN IF EXISTS created_at;
