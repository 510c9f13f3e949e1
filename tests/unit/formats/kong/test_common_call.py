"""The quick reading of the common shape is the thorough one."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatemeter.formats.kong.access_event import parse_ai
from gatemeter.formats.kong.common_call import read_common_call
from gatemeter.formats.kong.gateway import UNKNOWN_GATEWAY, Gateway
from gatemeter.formats.kong.llm_calls import read_llm_calls
from gatemeter.llm.call import LlmCall
from gatemeter.llm.outcome import Statuses
from tests.support.ai_members import ai_text

COUNTS = st.integers(0, 300)
LATENCIES = st.sampled_from([0, 3, 107.76923076923])
USAGES = st.fixed_dictionaries(
    {"prompt_tokens": COUNTS, "completion_tokens": COUNTS, "total_tokens": st.integers(0, 600)},
    optional={
        "prompt_tokens_details": st.fixed_dictionaries({}, optional={"cached_tokens": COUNTS, "audio_tokens": COUNTS}),
        "completion_tokens_details": st.fixed_dictionaries(
            {}, optional={"reasoning_tokens": COUNTS, "audio_tokens": COUNTS}
        ),
        "cost": st.sampled_from([0, 0.0, 4.6800000000000006e-05, 3]),
        "time_per_token": LATENCIES,
        "time_to_first_token": LATENCIES,
    },
)
METAS = st.fixed_dictionaries(
    {"provider_name": st.sampled_from(["openai", "OpenAI", "anthropic", "gemini", "bedrock", "xai", "mistral"])},
    optional={
        "request_model": st.sampled_from(["gpt-4o", "gpt-image-1", "gpt-4o-audio-preview", "é"]),
        "response_model": st.sampled_from(["", "gpt-4o-2024-08-06", "claude-sonnet-4-6"]),
        "request_mode": st.sampled_from(["oneshot", "stream", "Stream", ""]),
        "plugin_id": st.just("p"),
        "llm_latency": LATENCIES,
    },
)
BLOCKS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"usage": USAGES, "meta": METAS}, optional={"cache": st.just({})}
)
PLUGINS = st.sampled_from(["proxy", "ai-proxy"])
ODD: st.SearchStrategy[Any] = st.sampled_from([None, -1, 1.5, 12.0, "12", [], {}, True, 10**13, "x" * 300])
PLACES = st.sampled_from(
    [
        *(("usage", name) for name in ("prompt_tokens", "total_tokens", "cost", "smell_tokens", "time_per_token")),
        *(("usage", name) for name in ("prompt_tokens_details", "completion_tokens_details", "service_tier")),
        *(("meta", name) for name in ("provider_name", "request_model", "plugin_id", "llm_latency", "service_tier")),
        *((name, "response") for name in ("payload", "cache", "rag-inject")),
    ]
)
GATEWAYS = st.sampled_from([UNKNOWN_GATEWAY, Gateway((3, 15, 0, 4)), Gateway((3, 11, 0, 0), is_stream=True)])


def thorough(text: bytes, status: int | None, gateway: Gateway) -> list[LlmCall]:
    ai = parse_ai(text)
    assert ai is not None
    return read_llm_calls(ai, Statuses(status), [], gateway)


STATUSES = st.sampled_from([None, 200, 404])


@settings(max_examples=100 + (settings.default or settings()).max_examples)
@given(PLUGINS, BLOCKS, STATUSES, GATEWAYS)
def test_what_is_read_quickly_is_what_is_read_thoroughly(
    plugin: str, block: dict[str, Any], status: int | None, gateway: Gateway
) -> None:
    text = json.dumps({plugin: block}).encode()
    assert [read_common_call(text, Statuses(status), gateway)] == thorough(text, status, gateway)


@given(BLOCKS, PLACES, ODD, STATUSES, GATEWAYS)
def test_an_odd_value_is_read_as_it_was_or_left_to_the_thorough_reading(
    block: dict[str, Any], place: tuple[str, str], value: object, status: int | None, gateway: Gateway
) -> None:
    text = json.dumps({"proxy": {**block, place[0]: {**block.get(place[0], {}), place[1]: value}}}).encode()
    quick = read_common_call(text, Statuses(status), gateway)
    assert quick is None or [quick] == thorough(text, status, gateway)


@pytest.mark.parametrize("name", ["proxy_3_9_without_prices", "failed_call"])
def test_common_calls_are_read_quickly(name: str) -> None:
    assert read_common_call(ai_text(name).encode(), Statuses(200), UNKNOWN_GATEWAY) is not None


def test_a_quick_call_has_every_field_of_the_log() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost": 0.25, "time_per_token": 2}
    details = {"prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 2}}
    meta = {"plugin_id": "p", "provider_name": "OpenAI", "request_model": "gpt-5", "llm_latency": 900}
    text = msgspec.json.encode({"proxy": {"usage": {**usage, **details, "time_to_first_token": 3}, "meta": meta}})
    call = read_common_call(text, Statuses(200), UNKNOWN_GATEWAY)
    assert call is not None
    assert (call.provider, call.request_model, call.plugin_name, call.plugin_id) == ("openai", "gpt-5", "proxy", "p")
    assert call.units == {
        "fresh_input_tokens": 6,
        "cached_tokens": 4,
        "plain_output_tokens": 3,
        "reasoning_tokens": 2,
    }
    assert (call.cost_reported_yoctos, call.llm_latency_ms, call.time_per_token_ms) == (25 * 10**22, 900, 2)
    assert call.time_to_first_token_ms == 3


@pytest.mark.parametrize("cost", ["NaN", "sNaN", "Infinity", "1_000", "\uff11\uff12", "0.5", True, [], -1])
def test_a_cost_that_is_no_number_is_left_to_the_thorough_reading(cost: object) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost": cost}
    text = msgspec.json.encode({"proxy": {"usage": usage, "meta": {"provider_name": "openai"}}})
    assert read_common_call(text, Statuses(200), UNKNOWN_GATEWAY) is None


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b'{"proxy": {}}', b'{"ai-proxy-advanced": {}}', b'{"proxy": {"usage": {}}', b"\xff"]
)
def test_any_other_text_is_left_to_the_thorough_reading(text: bytes) -> None:
    assert read_common_call(text, Statuses(200), UNKNOWN_GATEWAY) is None
