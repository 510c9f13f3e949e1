"""The keys of usage rows: one function a rollup, whose parameters are the dimensions of the rollup's table in order.

Keys are plain tuples, since one is made for every event: a NamedTuple costs 5 to 8 % of all that decoding an event
costs. The hot loop of a fast path may build its tuple without a call. `Caller` names the values that every key begins
with.
"""

from typing import Any, NamedTuple

Key = tuple[Any, ...]
"""Values of a rollup's dimensions in order; the hour is the Unix second at which it begins."""

MS_PER_HOUR = 3_600_000
S_PER_HOUR = 3_600


class Caller(NamedTuple):
    """Who called what, and in which hour: `schema.table.CALLER` in order."""

    hour: int
    consumer_id: str
    consumer_username: str
    consumer_custom_id: str
    service_id: str
    service_name: str
    route_id: str
    route_name: str
    workspace: str


CALLER_LENGTH = len(Caller._fields)


def hour_of(unix_ms: int) -> int:
    """The Unix second at which the hour of `unix_ms` begins."""
    return unix_ms // MS_PER_HOUR * S_PER_HOUR


def api_usage_key(
    hour: int,
    consumer_id: str,
    consumer_username: str,
    consumer_custom_id: str,
    service_id: str,
    service_name: str,
    route_id: str,
    route_name: str,
    workspace: str,
    method: str,
    status: int,
    source: str,
) -> Key:
    """A key of `API_USAGE_ROLLUP`."""
    return (
        hour,
        consumer_id,
        consumer_username,
        consumer_custom_id,
        service_id,
        service_name,
        route_id,
        route_name,
        workspace,
        method,
        status,
        source,
    )


def stream_sessions_key(caller: Key, status: int) -> Key:
    """A key of `STREAM_SESSIONS_ROLLUP`; `caller` holds the values of a `Caller`."""
    return (*caller, status)


def agentic_usage_key(caller: Key, kind: str, method: str, tool: str, task_state: str, error: str) -> Key:
    """A key of `AGENTIC_USAGE_ROLLUP`; `caller` holds the values of a `Caller`."""
    return (*caller, kind, method, tool, task_state, error)


def llm_usage_key(
    caller: Key,
    *,
    plugin_name: str,
    plugin_id: str,
    provider: str,
    request_model: str,
    response_model: str,
    cache_status: str,
    outcome: str,
    embeddings_provider: str,
    embeddings_model: str,
    service_tier: str,
    context_above_tokens: int,
    tokens_evidence: str,
    embeddings_evidence: str,
    token_classes: str,
    modifiers: str,
    unknown_units: str,
    counting_rule: str,
    cost_reported_currency: str,
    client_status: int,
    provider_status: int,
) -> Key:
    """A key of `LLM_USAGE_ROLLUP`; `caller` holds the values of a `Caller`."""
    return (
        *caller,
        plugin_name,
        plugin_id,
        provider,
        request_model,
        response_model,
        cache_status,
        outcome,
        embeddings_provider,
        embeddings_model,
        service_tier,
        context_above_tokens,
        tokens_evidence,
        embeddings_evidence,
        token_classes,
        modifiers,
        unknown_units,
        counting_rule,
        cost_reported_currency,
        client_status,
        provider_status,
    )
