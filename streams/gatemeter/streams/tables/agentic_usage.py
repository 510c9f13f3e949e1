"""Calls of agents: to tools over MCP, and to other agents over A2A."""

from gatemeter.streams.tables.schema import CALLER, LINEAGE, Column, Table, exact_sums, latency_columns, texts

AGENTIC_USAGE = Table(
    name="agentic_usage_hourly",
    dimensions=(*CALLER, *texts("kind", "method", "tool", "task_state", "error")),
    lineage=LINEAGE,
    measures=(
        Column("calls", "Int64"),
        *exact_sums("errors", "response_bytes"),
        *latency_columns("call"),
        Column("session_hashes", "Array(UInt64)"),
    ),
)
"""One call is one entry of `ai.mcp.rpc` or `ai.a2a.rpc`. Of a session only a hash is kept, to count distinct ones."""
