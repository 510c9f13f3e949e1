"""The journal of deliveries to billing systems."""

from gatemeter.schema.table import Column, Table

BILLING_DELIVERIES = Table(
    name="billing_deliveries",
    dimensions=(
        Column("system", "LowCardinality(String)"),
        Column("destination", "LowCardinality(String)"),
        Column("period", "String"),
        Column("delivery_id", "String"),
        Column("usage_key", "String"),
        Column("part", "UInt32"),
        Column("account", "String"),
        Column("consumer", "String"),
        Column("charge", "LowCardinality(String)"),
        Column("customer", "String"),
        Column("event_name", "LowCardinality(String)"),
        Column("occurred_at", "DateTime('UTC')"),
    ),
    lineage=(),
    measures=(
        Column("quantity", "Decimal(76, 24)"),
        Column("content_sha256", "String"),
        Column("state", "LowCardinality(String)"),
        Column("answer", "String"),
        Column("run", "String"),
        Column("at", "DateTime64(6, 'UTC')"),
        Column("basis", "String"),
    ),
)
"""Two rows or more a delivery: `sending` before it is sent, then what became of it. No row is ever replaced, and none
holds a key."""
