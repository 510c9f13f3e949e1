-- Purpose: views of the inventory for people who write SQL: what is configured now, and counts over time.
--
-- A number that nobody knows is NULL or has no row, never 0: `completeness` says why (`gatemeter inventory show`).
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
CREATE OR REPLACE VIEW ${database}.inventory_counts ${on_cluster} SQL SECURITY DEFINER AS
SELECT
    taken_at,
    control_plane_id,
    nullIf(control_plane_name, '') AS control_plane,
    source,
    snapshot_id,
    nullIf(stored.gateway_version, '') AS gateway_version,
    nullIf(stored.deployment, '') AS deployment,
    told.1 AS kind,
    told.2 AS completeness,
    if(told.2 = 'partial', NULL, told.3) AS entities,
    if(told.2 = 'partial', told.3, NULL) AS at_least
FROM ${database}.inventory_snapshots AS stored FINAL
ARRAY JOIN arrayZip(stored.kinds, stored.completeness, stored.counts) AS told;
CREATE OR REPLACE VIEW ${database}.inventory_routes ${on_cluster} SQL SECURITY DEFINER AS
SELECT
    history.taken_at AS taken_at,
    history.control_plane_id AS control_plane_id,
    history.control_plane AS control_plane,
    history.source AS source,
    told.completeness AS completeness,
    if(history.kind = 'service', history.id, history.service_id) AS service_id,
    max(if(history.kind = 'service', history.name, history.service_name)) AS service_name,
    if(told.completeness = 'complete', countIf(history.kind = 'route'), NULL) AS routes,
    if(told.completeness = 'complete', NULL, countIf(history.kind = 'route')) AS at_least
FROM ${database}.inventory_history AS history
INNER JOIN ${database}.inventory_counts AS told
    ON history.control_plane_id = told.control_plane_id AND history.snapshot_id = told.snapshot_id
WHERE history.kind IN ('route', 'service') AND told.kind = 'route'
GROUP BY history.taken_at, history.control_plane_id, history.control_plane, history.source, told.completeness, service_id;
CREATE OR REPLACE VIEW ${database}.inventory_plugins ${on_cluster} SQL SECURITY DEFINER AS
SELECT
    taken_at,
    control_plane_id,
    control_plane,
    source,
    completeness,
    name AS plugin,
    plugin_tier,
    plugin_scope,
    count() AS plugins,
    countIf(is_enabled = 0) AS disabled
FROM ${database}.inventory_history
WHERE kind = 'plugin'
GROUP BY taken_at, control_plane_id, control_plane, source, completeness, plugin, plugin_tier, plugin_scope
UNION ALL
SELECT
    taken_at,
    control_plane_id,
    nullIf(control_plane_name, '') AS control_plane,
    source,
    'counted' AS completeness,
    nullIf(told.2, '') AS plugin,
    nullIf(told.1, '') AS plugin_tier,
    NULL AS plugin_scope,
    toUInt64(told.3) AS plugins,
    NULL AS disabled
FROM ${database}.inventory_snapshots AS stored FINAL
ARRAY JOIN stored.reported_plugins AS told
WHERE stored.source = 'license_report';
CREATE OR REPLACE VIEW ${database}.inventory_consumers ${on_cluster} SQL SECURITY DEFINER AS
SELECT
    taken_at,
    control_plane_id,
    control_plane,
    source,
    completeness,
    realm,
    count() AS consumers
FROM ${database}.inventory_history
WHERE kind = 'consumer'
GROUP BY taken_at, control_plane_id, control_plane, source, completeness, realm;
CREATE OR REPLACE VIEW ${database}.inventory_nodes ${on_cluster} SQL SECURITY DEFINER AS
SELECT
    taken_at,
    control_plane_id,
    control_plane,
    source,
    completeness,
    gateway_version,
    role,
    count() AS nodes,
    max(last_seen) AS last_seen
FROM ${database}.inventory_history
WHERE kind = 'node'
GROUP BY taken_at, control_plane_id, control_plane, source, completeness, gateway_version, role;
