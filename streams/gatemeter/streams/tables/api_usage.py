"""API requests: per hour, and the monthly counters derived from them."""

from gatemeter.streams.tables.schema import CALLER, LINEAGE, Column, Table, exact_sums, latency_columns, texts

LATENCIES = ("request", "upstream", "gateway")
"""The measured latencies: client to client, waiting for the upstream, spent in the gateway."""

STATUS_UNKNOWN = -1
"""Stored where an event gives no status: neither a success nor a failure, and never 0."""

API_USAGE_DIMENSIONS = (*CALLER, *texts("method"), Column("status", "Int64"), *texts("source"))

API_USAGE = Table(
    name="api_usage_hourly",
    dimensions=API_USAGE_DIMENSIONS,
    lineage=LINEAGE,
    measures=(
        Column("requests", "Int64"),
        *exact_sums("request_bytes", "response_bytes"),
        *latency_columns(*LATENCIES),
    ),
)
"""Requests per hour and everything they are asked by; an absent text is '', an unknown status is `STATUS_UNKNOWN`."""

MONTHLY_REQUESTS = Table(
    name="monthly_requests",
    dimensions=(Column("month", "Date"), *texts("workspace", "source")),
    lineage=LINEAGE,
    measures=(Column("requests", "Int64"),),
)
"""The license counters: requests per calendar month (UTC, by the event's own time)."""
