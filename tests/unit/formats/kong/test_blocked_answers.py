"""Calls whose answer the client did not get: what an event tells of the provider decides about spend."""

import json
from typing import Any

import pytest

from gatemeter.formats.kong.format import read
from gatemeter.lenient.document import parse_json
from gatemeter.llm.call import LlmCall, Outcome, TokensEvidence

Json = dict[str, Any]

ANSWERED = {"prompt_tokens": 1000, "completion_tokens": 800, "total_tokens": 1800}
PROMPT_ALONE = {"prompt_tokens": 1200, "completion_tokens": 0, "total_tokens": 1200}
NOT_PROXIED = {"source": "kong", "upstream_status": "", "tries": [], "latencies": {"proxy": -1}}
OUTPUT_GUARD = {"lakera-guard": {"input_block_reason": "", "output_block_reason": "moderated_content/hate"}}
INPUT_GUARD = {"aws-guardrails": {"input_block_reason": "topic", "output_block_reason": ""}}


def call_of(status: int, ai: Json, **event: Any) -> LlmCall:
    document = {"started_at": 1781085600000, "request": {"id": "a"}, "response": {"status": status}, "ai": ai, **event}
    text = json.dumps(document).encode()
    (call,) = read(parse_json(text), text, []).llm_calls
    return call


def proxied(usage: Json, provider: str = "openai", block: Json | None = None) -> Json:
    return {
        "proxy": {
            "usage": usage,
            "meta": {"provider_name": provider, "request_model": "m", "request_mode": "oneshot"},
            **(block or {}),
        }
    }


@pytest.mark.parametrize("event", [NOT_PROXIED, {"source": "kong", "latencies": {"proxy": 41}}, {}])
def test_an_answer_that_an_output_guard_blocked_is_spend(event: Json) -> None:
    call = call_of(400, proxied(ANSWERED, block=OUTPUT_GUARD), **event)
    assert (call.outcome, call.client_status, call.tokens_evidence) == (Outcome.BLOCKED, 400, TokensEvidence.REPORTED)


def test_a_blocked_answer_without_counts_has_no_cost_that_is_certain() -> None:
    call = call_of(400, proxied(PROMPT_ALONE, block=OUTPUT_GUARD), **NOT_PROXIED)
    assert (call.outcome, call.tokens_evidence) == (Outcome.BLOCKED, TokensEvidence.MISSING)


@pytest.mark.parametrize("place", ["in the block of the proxy", "beside it"])
def test_a_prompt_that_an_input_guard_blocked_is_no_spend(place: str) -> None:
    ai = proxied(PROMPT_ALONE, block=INPUT_GUARD) if place.startswith("in") else proxied(PROMPT_ALONE) | INPUT_GUARD
    assert call_of(400, ai, source="kong", latencies={"proxy": 3}).outcome is Outcome.FAILED


def test_a_call_that_was_never_proxied_is_no_spend() -> None:
    assert call_of(403, proxied(PROMPT_ALONE), **NOT_PROXIED).outcome is Outcome.FAILED


def test_a_transformer_may_turn_a_paid_answer_into_an_error() -> None:
    call = call_of(500, proxied(ANSWERED), upstream_status="200", source="kong")
    assert (call.outcome, call.client_status, call.provider_status) == (Outcome.BLOCKED, 500, 200)


def test_the_last_upstream_tells_the_status_and_an_earlier_answer_is_spend() -> None:
    call = call_of(503, proxied(ANSWERED), upstream_status="200, 503", source="upstream")
    assert (call.outcome, call.provider_status) == (Outcome.BLOCKED, 503)


@pytest.mark.parametrize(
    ("provider", "status", "outcome"),
    [
        ("openai", 400, Outcome.FAILED),
        ("openai", 429, Outcome.FAILED),
        ("azure", 429, Outcome.FAILED),
        ("azure", 400, Outcome.UNKNOWN),
        ("openai", 504, Outcome.UNKNOWN),
    ],
)
def test_an_error_of_the_provider_is_free_unless_it_may_be_billed(provider: str, status: int, outcome: Outcome) -> None:
    call = call_of(status, proxied(PROMPT_ALONE, provider=provider), source="upstream")
    assert (call.outcome, call.provider_status) == (outcome, status)


def test_a_client_that_left_in_a_stream_leaves_counts_that_are_not_certain() -> None:
    usage = {**ANSWERED, "prompt_tokens_details": {"cached_tokens": 8}}
    call = call_of(499, proxied(usage), upstream_status="200")
    assert (call.outcome, call.tokens_evidence) == (Outcome.BLOCKED, TokensEvidence.ESTIMATED)


def test_an_error_that_nobody_explains_is_neither_spend_nor_free() -> None:
    assert call_of(500, proxied(PROMPT_ALONE)).outcome is Outcome.UNKNOWN


def test_the_upstream_of_a_service_says_nothing_of_a_model_beside_it() -> None:
    """A transformer asks its model by itself; the service behind answers 503 later."""
    ai = {"ai-request-transformer": {"usage": ANSWERED, "meta": {"provider_name": "openai"}}}
    call = call_of(503, ai, upstream_status="503", source="upstream")
    assert (call.outcome, call.provider_status) == (Outcome.BLOCKED, None)


def test_a_cached_answer_that_is_blocked_is_no_spend() -> None:
    ai = proxied(ANSWERED, block={"cache": {"cache_status": "Hit"}} | OUTPUT_GUARD)
    assert call_of(400, ai, **NOT_PROXIED).outcome is Outcome.FAILED


@pytest.mark.parametrize("guard", [INPUT_GUARD, OUTPUT_GUARD])
def test_a_guard_says_nothing_of_what_other_plugins_asked(guard: Json) -> None:
    asked = {"usage": PROMPT_ALONE, "meta": {"provider_name": "openai", "request_model": "m", "llm_latency": 90}}
    assert call_of(400, {"ai-request-transformer": {**asked, **guard}}).outcome is Outcome.UNKNOWN
