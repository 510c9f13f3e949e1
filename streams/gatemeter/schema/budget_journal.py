"""The tables in which announced crossings of budgets are kept (`budgets.journal`)."""

from gatemeter.schema.table import Column, Table

BUDGET_CROSSINGS = Table(
    name="budget_crossings",
    dimensions=(Column("id", "String"),),
    lineage=(),
    measures=(
        Column("budget", "String"),
        Column("declaration", "String"),
        Column("per", "String"),
        Column("scope", "String"),
        Column("threshold_percent", "String"),
        Column("slides", "Bool"),
        Column("window_start", "DateTime('UTC')"),
        Column("window_end", "DateTime('UTC')"),
        Column("meter", "String"),
        Column("budget_limit", "String"),
        Column("currency", "String"),
        Column("used", "String"),
        Column("is_lower_bound", "Bool"),
        Column("found_at", "DateTime64(3, 'UTC')"),
        Column("targets", "Array(String)"),
    ),
)
"""One row a crossing. Amounts are decimal numbers as text; `targets` are those that are told of it."""

BUDGET_DELIVERIES = Table(
    name="budget_deliveries",
    dimensions=(Column("crossing_id", "String"), Column("target", "String"), Column("attempt", "UInt32")),
    lineage=(),
    measures=(
        Column("attempted_at", "DateTime64(3, 'UTC')"),
        Column("outcome", "String"),
        Column("detail", "String"),
    ),
)
"""One row a try to tell a target of a crossing; `outcome` is delivered, failed or given_up."""

BUDGET_JOURNAL = (BUDGET_CROSSINGS, BUDGET_DELIVERIES)
