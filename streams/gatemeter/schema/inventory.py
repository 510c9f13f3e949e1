"""The tables of the inventory: snapshots of what gateways have configured, and the sets of entities that they name."""

from gatemeter.schema.table import Column, Table

INVENTORY_ENTITIES = Table(
    name="inventory_entities",
    dimensions=(
        Column("control_plane_id", "String"),
        Column("kind", "LowCardinality(String)"),
        Column("set_id", "String"),
        Column("entity_id", "String"),
    ),
    lineage=(),
    measures=(
        *(Column(name, "String") for name in ("name", "workspace", "service_id", "service_name", "route_id")),
        *(Column(name, "String") for name in ("route_name", "consumer_id", "consumer_group_id")),
        Column("plugin_tier", "LowCardinality(String)"),
        Column("plugin_scope", "LowCardinality(String)"),
        Column("is_enabled", "Nullable(UInt8)"),
        *(Column(name, "String") for name in ("username", "custom_id", "realm", "hostname", "gateway_version")),
        Column("role", "LowCardinality(String)"),
        Column("last_seen", "Nullable(DateTime('UTC'))"),
        Column("target_hashes", "Array(String)"),
        Column("tags", "Array(String)"),
        Column("definition_hash", "String"),
        Column("updated_at", "Nullable(DateTime('UTC'))"),
        Column("created_at", "Nullable(DateTime('UTC'))"),
    ),
)
"""The entities of each set, which has the hash of its content for a name (`inventory.entity.set_id_of`): equal rows may
come any number of times. '' and NULL are what the gateway does not tell."""

INVENTORY_SNAPSHOTS = Table(
    name="inventory_snapshots",
    dimensions=(
        Column("control_plane_id", "String"),
        Column("taken_at", "DateTime64(3, 'UTC')"),
        Column("snapshot_id", "String"),
    ),
    lineage=(),
    measures=(
        Column("control_plane_name", "String"),
        Column("source", "LowCardinality(String)"),
        *(Column(name, "String") for name in ("origin", "gateway_version", "edition", "database")),
        *(Column(name, "String") for name in ("database_version", "deployment", "node_id", "hostname")),
        Column("cores", "Nullable(Int64)"),
        *(Column(name, "String") for name in ("uname", "license_key", "license_expires")),
        Column("connected_data_planes", "Nullable(Int64)"),
        Column("report_checksum", "String"),
        Column("kinds", "Array(String)"),
        Column("completeness", "Array(String)"),
        Column("counts", "Array(Nullable(Int64))"),
        Column("set_ids", "Array(String)"),
        Column("reports_plugins", "UInt8"),
        Column("reported_plugins", "Array(Tuple(tier String, name String, count Int64))"),
        Column("unique_route_lambdas", "Nullable(Int64)"),
        Column("unique_route_kafkas", "Nullable(Int64)"),
        Column("reports_requests", "UInt8"),
        Column("monthly_requests", "Array(Tuple(bucket String, requests Int64))"),
        Column("total_requests", "Nullable(Int64)"),
        Column("log", "String"),
        Column("partition", "Int32"),
        Column("offset", "Int64"),
    ),
)
"""One row for each whole snapshot. `kinds`, `completeness`, `counts` and `set_ids` belong together by their position.
`log`, `partition` and `offset` locate its closing message; '' and 0 where it came from a file and no log."""

INVENTORY_DEAD_LETTERS = Table(
    name="inventory_dead_letters",
    dimensions=(Column("log", "String"), Column("partition", "Int32"), Column("offset", "Int64")),
    lineage=(Column("version", "Int64"), Column("is_deleted", "UInt8")),
    measures=(
        Column("topic", "String"),
        Column("message_time", "Nullable(DateTime64(3, 'UTC'))"),
        Column("reason", "String"),
        Column("detail", "String"),
        Column("size_bytes", "Int64"),
    ),
)
"""Messages of the inventory's topic that could not be taken. Their text is not kept: the topic still has it, and what
does not belong there may hold anything. `version` is 1, and 2 for the row that says that it was replayed."""

INVENTORY_TABLES = (INVENTORY_ENTITIES, INVENTORY_SNAPSHOTS, INVENTORY_DEAD_LETTERS)
"""In the order in which they are written: a snapshot is there once its entities are."""
