"""The table of closed bills."""

from gatemeter.schema.table import Column, Table

BILLING_STATEMENTS = Table(
    name="billing_statements",
    dimensions=(Column("number", "UInt32"),),
    lineage=(),
    measures=(
        Column("period", "String"),
        Column("closed_at", "DateTime64(3, 'UTC')"),
        Column("sha256", "String"),
        Column("statement", "String"),
    ),
)
"""One row a closed period, never replaced: `statement` is the whole of it as `billing.statement` writes it, and
`sha256` its hash. `number` counts from 1; two rows with the same one say that two have
closed at once, and were ended before one could take its own back."""
