"""Whatever the `ai` member holds, reading it never fails and does not depend on the order of keys."""

import json
from dataclasses import asdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gatemeter.events.access_event import AgentCall
from gatemeter.formats.kong.access_event import parse_ai
from gatemeter.formats.kong.agent_calls import read_agent_calls
from gatemeter.formats.kong.llm_calls import read_llm_calls
from gatemeter.lenient.numbers import INT64_MAX
from gatemeter.llm.call import LlmCall
from gatemeter.llm.outcome import Statuses

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.integers(0, 300),
    st.floats(),
    st.decimals(),
    st.text(max_size=6),
    st.sampled_from(["12", "1e5", "-1", "hit", "stream", "9" * 400, '{"usage":{"prompt_tokens":3}}', "data: {}"]),
)
NAMES = st.sampled_from(
    [
        "usage",
        "meta",
        "cache",
        "payload",
        "proxy",
        "mcp",
        "a2a",
        "rpc",
        "rag-inject",
        "response",
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "cost",
        "prompt_tokens_details",
        "completion_tokens_details",
        "cached_tokens",
        "reasoning_tokens",
        "cache_creation",
        "provider_name",
        "request_mode",
        "cache_status",
        "embeddings_tokens",
        "llm_latency",
        "error",
        "latency",
        "usageMetadata",
        "promptTokenCount",
        "promptTokensDetails",
        "billed_units",
        "cacheDetails",
        "message",
        "method",
        "task_state",
    ]
)
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=6)
)
BLOCKS = st.dictionaries(NAMES | st.text(max_size=4), ANY_JSON, max_size=6)
STATUSES = st.none() | st.integers(0, 600)


def reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(value)}
    return [reordered(entry) for entry in value] if isinstance(value, list) else value


def read(ai: dict[str, Any], status: int | None) -> tuple[Any, ...]:
    ignored_fields: list[str] = []
    return (
        read_llm_calls(ai, Statuses(status), ignored_fields),
        read_agent_calls(ai, status, ignored_fields),
        sorted(ignored_fields),
    )


@given(BLOCKS, STATUSES)
def test_any_json_is_read_and_key_order_changes_nothing(ai: dict[str, Any], status: int | None) -> None:
    assert read(ai, status) == read(reordered(ai), status)


@given(BLOCKS, STATUSES)
def test_whatever_is_read_can_be_stored(ai: dict[str, Any], status: int | None) -> None:
    ignored_fields: list[str] = []
    calls: list[LlmCall | AgentCall] = [
        *read_llm_calls(ai, Statuses(status), ignored_fields),
        *read_agent_calls(ai, status, ignored_fields),
    ]
    for call in calls:
        for name, value in (asdict(call) if isinstance(call, AgentCall) else structs.asdict(call)).items():
            if isinstance(value, str):
                value.encode()
            elif isinstance(value, int) and not name.endswith("_yoctos"):
                assert 0 <= value <= INT64_MAX
            elif isinstance(value, float):
                assert value >= 0


@given(st.binary(max_size=60))
def test_any_bytes_are_parsed_or_refused(raw: bytes) -> None:
    assert parse_ai(raw) is None or isinstance(parse_ai(raw), dict)


@given(st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=4) | st.none(), max_size=4))
def test_parsing_gives_what_was_written(block: dict[str, Any]) -> None:
    assert parse_ai(json.dumps(block).encode()) == block or any(
        isinstance(value, int) and len(str(value)) > 25 for value in block.values()
    )
