"""TCP, TLS and UDP sessions, which are no API requests."""

from gatemeter.streams.tables.schema import CALLER, LINEAGE, Column, Table, exact_sums, latency_columns

STREAM_SESSIONS = Table(
    name="stream_sessions_hourly",
    dimensions=(*CALLER, Column("status", "Int64")),
    lineage=LINEAGE,
    measures=(
        Column("sessions", "Int64"),
        *exact_sums("received_bytes", "sent_bytes", "upstream_received_bytes", "upstream_sent_bytes"),
        *latency_columns("session", "gateway"),
    ),
)
"""`received_bytes` and `sent_bytes` are the client's side as the gateway sees it, `status` is nginx's for streams."""
