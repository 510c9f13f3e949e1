"""The table of API requests per minute: for operations, of few dimensions, and kept for some days only.

It holds what `schema.usage.API_USAGE` holds of the same events, without consumers, methods and sketches of sizes. A
stored row may be deleted once its minute is old enough, so nothing that is billed or sealed depends on it.
"""

from gatemeter.schema.table import LINEAGE, Column, Table, exact_sums, latency_columns, texts
from gatemeter.schema.usage import LATENCIES, SIZE_KINDS, SIZES

MINUTE_USAGE = Table(
    name="api_usage_minutely",
    dimensions=(
        Column("minute", "DateTime('UTC')"),
        *texts("service_id", "service_name", "route_id", "route_name", "workspace"),
        Column("status", "Int64"),
        *texts("source", *SIZE_KINDS),
    ),
    lineage=LINEAGE,
    measures=(
        Column("requests", "Int64"),
        *exact_sums(*(f"{size}_bytes" for size in SIZES)),
        *latency_columns(*LATENCIES),
    ),
)
"""Requests per minute, by the dimensions of `API_USAGE` that say what was called and how it ended.

Of an epoch there are rows from `minutes_from` on, a column of the epoch ledger."""
