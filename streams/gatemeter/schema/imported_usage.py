"""The table of usage that another system has counted."""

from gatemeter.schema.table import Column, Table

STATUS_CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx", "unknown")

IMPORTED_USAGE = Table(
    name="imported_usage",
    dimensions=tuple(
        Column(name, "String")
        for name in (
            *("source", "period_kind", "period"),
            *("consumer_id", "consumer_username", "consumer_custom_id"),
        )
    ),
    lineage=(Column("version", "Int64"), Column("is_deleted", "UInt8")),
    measures=(
        Column("requests", "Int64"),
        *(Column(f"status_{name}", "Nullable(Int64)") for name in STATUS_CLASSES),
        Column("file", "String"),
        Column("file_sha256", "String"),
        Column("line", "UInt32"),
        Column("imported_at", "DateTime64(3, 'UTC')"),
    ),
)
"""One row for each period and consumer of `source`, a name that whoever imported it has given. `period` is written as
in the billable report, of the kind `period_kind`; a status class is NULL where the source tells none. `file` and `line`
are where the row stood. `version` is the Unix ms of the import, or of what deleted the row."""
