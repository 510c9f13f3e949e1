"""The tables of usage per hour: API requests, calls to models, calls of agents, stream sessions.

The monthly request counters are derived from the API requests. Calls of agents go to tools over MCP and to other
agents over A2A. Stream sessions (TCP, TLS, UDP) are metered apart from API requests.
"""

from gatemeter.schema.table import CALLER, LINEAGE, MONEY, Column, Table, exact_sums, latency_columns, texts

LATENCIES = ("request", "upstream", "gateway")
"""The measured latencies: client to client, waiting for the upstream, spent in the gateway."""

STATUS_UNKNOWN = -1
"""Stored where an event gives no status: neither a success nor a failure, and never 0."""

OTHER_NAMES = "(other)"
"""Stored in place of names that a client can choose, where it chose more than an hour has room for."""

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


TOKEN_CLASSES = (
    "cached_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "reasoning_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
    "fresh_input_tokens",
    "plain_output_tokens",
)
"""The classes of tokens that are priced apart (`llm.token_classes`), which share no token.

`fresh_input_tokens` and `plain_output_tokens` are what is left of prompt and completion without the other classes,
`cache_write_tokens` are without the ones written for an hour.
"""

LLM_LATENCIES = ("llm", "time_per_token", "time_to_first_token", "embeddings", "cache_fetch")

LLM_SUMS = (
    "calls",
    "answers",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    *TOKEN_CLASSES,
    "embeddings_tokens",
    "calls_without_reported_cost",
)
"""Prompt, completion and total tokens are as logged; the classes are disjoint, so that no token is priced twice.
`answers` are events that only complete a call which another event counts."""

LLM_AMOUNTS = ("cost_reported", "cost_savings_reported")

LLM_USAGE = Table(
    name="llm_usage_hourly",
    dimensions=(
        *CALLER,
        *texts(
            "plugin_name",
            "plugin_id",
            "provider",
            "request_model",
            "response_model",
            "cache_status",
            "outcome",
            "embeddings_provider",
            "embeddings_model",
            "service_tier",
        ),
        Column("context_above_tokens", "UInt32"),
        *texts("tokens_evidence", "embeddings_evidence", "token_classes"),
    ),
    lineage=LINEAGE,
    measures=(
        *exact_sums(*LLM_SUMS),
        *latency_columns(*LLM_LATENCIES),
        *(Column(name, MONEY) for name in LLM_AMOUNTS),
        *(Column(name, MONEY) for name in ("cost_computed", "embeddings_cost", "cost_savings")),
        Column("unpriced_calls", "Int64"),
        *texts("cost_evidence", "price_version"),
    ),
)
"""Everything a price can depend on is part of the key (`token_classes` too: the names of the classes that its calls
have tokens of, joined by commas), so the costs of a row follow from its sums: the columns after
`LLM_AMOUNTS` are a pure function of the others and of the price book that `price_version` names."""


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
"""One call is one entry of `ai.mcp.rpc` or `ai.a2a.rpc`. Of a session only a hash is kept, to count distinct ones,
of an error its class and code."""


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
