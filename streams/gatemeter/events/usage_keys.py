"""The keys of usage rows: one function a rollup, which returns the dimensions of the rollup's table in order.

Keys are plain tuples, since one is made for every event: a NamedTuple costs 5 to 8 % of all that decoding an event
costs. The hot loop of a fast path may build its tuple without a call. `Caller` names the values that every key begins
with.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from gatemeter.llm.call import LlmCall
from gatemeter.schema.units import UNIT_NAMES
from gatemeter.schema.usage import STATUS_UNKNOWN

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
    team: str
    organisation: str


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
    team: str,
    organisation: str,
    method: str,
    status: int,
    source: str,
    request_bytes_kind: str,
    response_bytes_kind: str,
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
        team,
        organisation,
        method,
        status,
        source,
        request_bytes_kind,
        response_bytes_kind,
    )


def stream_sessions_key(caller: Key, status: int) -> Key:
    """A key of `STREAM_SESSIONS_ROLLUP`; `caller` holds the values of a `Caller`."""
    return (*caller, status)


def agentic_usage_key(
    caller: Key, kind: str, method: str, tool: str, task_state: str, error: str, response_bytes_kind: str
) -> Key:
    """A key of `AGENTIC_USAGE_ROLLUP`; `caller` holds the values of a `Caller`."""
    return (*caller, kind, method, tool, task_state, error, response_bytes_kind)


def llm_usage_key(caller: Key, call: LlmCall) -> Key:
    """A key of `LLM_USAGE_ROLLUP`; `caller` holds the values of a `Caller`."""
    return (
        *caller,
        call.plugin_name,
        call.plugin_id,
        call.provider,
        call.request_model,
        call.response_model,
        call.cache_status,
        call.outcome.value,
        call.embeddings_provider,
        call.embeddings_model,
        call.service_tier,
        call.context_above_tokens,
        call.tokens_evidence.value,
        call.embeddings_evidence.value,
        _token_classes(tuple(name for name, count in call.units.items() if count)),
        call.modifiers,
        call.unknown_units,
        call.counting_rule,
        call.cost_reported_currency,
        stored_status(call.client_status),
        stored_status(call.provider_status),
    )


def stored_status(status: int | None) -> int:
    """`status` as it stands in a key."""
    return STATUS_UNKNOWN if status is None else status


@lru_cache(maxsize=1024)
def _token_classes(names: tuple[str, ...]) -> str:
    return ",".join(sorted(names, key=UNIT_NAMES.index))
