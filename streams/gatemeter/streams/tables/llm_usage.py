"""Calls to language models: tokens, what the gateway reported they cost, and what our price book says."""

from gatemeter.streams.tables.schema import (
    CALLER,
    LINEAGE,
    MONEY,
    Column,
    Table,
    exact_sums,
    latency_columns,
    texts,
)

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
"""What has a price of its own: `fresh_input_tokens` and `plain_output_tokens` are what is left of prompt and completion
when the others are taken out (`llm.token_classes`), `cache_write_tokens` are without those written for an hour."""

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
