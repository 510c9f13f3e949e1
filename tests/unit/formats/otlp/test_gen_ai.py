"""Calls to models in OpenTelemetry's attributes for generative AI."""

from collections.abc import Mapping

import pytest

from gatemeter.events.access_event import AccessEvent, EventKind, TimeRange
from gatemeter.formats.explain import explain_decoding
from gatemeter.llm.call import LlmCall, Outcome, TokensEvidence
from tests.support.counted_lines import counted
from tests.support.otlp_records import KONG, log_record, logs_request
from tests.support.slim_lines import slim_line

MODEL = {
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.response.model": "gpt-4o-2024-08-06",
}
TOKENS = {"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 300}


def decoded(values: Mapping[str, object]) -> AccessEvent:
    (explanation,) = explain_decoding(logs_request(log_record(values)), TimeRange())
    assert explanation.event is not None, explanation
    return explanation.event


def call_of(values: Mapping[str, object]) -> LlmCall:
    (call,) = decoded(values).llm_calls
    return call


def test_input_holds_the_cache_and_output_the_reasoning() -> None:
    call = call_of(
        {
            **MODEL,
            **TOKENS,
            "gen_ai.usage.cache_read.input_tokens": 600,
            "gen_ai.usage.cache_write.input_tokens": 100,
            "gen_ai.usage.reasoning.output_tokens": 250,
        }
    )
    assert call.units == {
        "fresh_input_tokens": 300,
        "cached_tokens": 600,
        "cache_write_tokens": 100,
        "plain_output_tokens": 50,
        "reasoning_tokens": 250,
    }
    assert (call.counting_rule, call.tokens_evidence) == ("otel-gen-ai", TokensEvidence.REPORTED)
    assert (call.provider, call.request_model, call.response_model) == ("openai", "gpt-4o", "gpt-4o-2024-08-06")
    assert (call.outcome, call.client_status) == (Outcome.PROVIDER, None)


@pytest.mark.parametrize(
    "cached", ["cache_read.input_tokens", "cache_read_input_tokens", "cached_tokens", "details.cache_read_tokens"]
)
@pytest.mark.parametrize(
    "written", ["cache_write.input_tokens", "cache_creation.input_tokens", "cache_creation_input_tokens"]
)
@pytest.mark.parametrize("sides", [("input_tokens", "output_tokens"), ("prompt_tokens", "completion_tokens")])
def test_every_spelling_counts_the_same(cached: str, written: str, sides: tuple[str, str]) -> None:
    values = {f"gen_ai.usage.{sides[0]}": 1000, f"gen_ai.usage.{sides[1]}": 300}
    call = call_of({**MODEL, **values, f"gen_ai.usage.{cached}": 600, f"gen_ai.usage.{written}": 100})
    assert call.units["fresh_input_tokens"] == 300
    assert (call.prompt_tokens, call.completion_tokens, call.units["cache_write_tokens"]) == (1000, 300, 100)


def test_older_senders_leave_the_cache_of_anthropic_open() -> None:
    values = {"gen_ai.system": "anthropic", "gen_ai.request.model": "claude-sonnet-4-5", **TOKENS}
    call = call_of(values)
    assert (call.counting_rule, call.tokens_evidence) == ("otel-gen-ai-older-anthropic", TokensEvidence.AMBIGUOUS)


def test_count_of_an_unknown_kind_is_named() -> None:
    call = call_of({**MODEL, **TOKENS, "gen_ai.usage.video.input_tokens": 7})
    assert call.unknown_units == "gen_ai video.input_tokens"


def test_call_in_an_access_record_belongs_to_its_request() -> None:
    event = decoded({**KONG, **MODEL, **TOKENS})
    (call,) = event.llm_calls
    assert (event.kind, call.client_status, call.outcome) == (EventKind.HTTP, 200, Outcome.PROVIDER)
    assert decoded({**MODEL, **TOKENS}).kind is EventKind.LLM


@pytest.mark.parametrize("operation", ["invoke_agent", "execute_tool", "create_agent"])
def test_agents_repeat_the_tokens_of_their_calls(operation: str) -> None:
    event = decoded({**MODEL, **TOKENS, "gen_ai.operation.name": operation})
    assert (event.kind, event.llm_calls) == (EventKind.OTHER, [])


def test_error_without_tokens_is_no_spend_for_certain() -> None:
    values = {**MODEL, "error.type": "429"}
    assert call_of(values).outcome is Outcome.FAILED
    assert call_of({**MODEL, "error.type": "timeout"}).outcome is Outcome.UNKNOWN
    assert call_of({**MODEL, **TOKENS, "error.type": "timeout"}).outcome is Outcome.BLOCKED


def test_call_without_counts_has_an_unknown_cost() -> None:
    assert call_of(MODEL).tokens_evidence is TokensEvidence.MISSING


@pytest.mark.parametrize("name", ["gen_ai.user.message", "gen_ai.assistant.message", "gen_ai.choice"])
def test_messages_of_a_call_are_not_calls(name: str) -> None:
    # semantic-conventions 1.28 to 1.36: docs/gen-ai/gen-ai-events.md; a call of three messages is one.
    for values in ({"gen_ai.system": "openai"}, MODEL):
        (by_field,) = explain_decoding(logs_request(log_record(values, eventName=name)), TimeRange())
        (by_attribute,) = explain_decoding(logs_request(log_record({**values, "event.name": name})), TimeRange())
        for explanation in (by_field, by_attribute):
            assert explanation.event is not None
            assert (explanation.event.kind, explanation.event.llm_calls) == (EventKind.OTHER, [])


def test_the_event_of_a_call_is_one() -> None:
    values = {**MODEL, **TOKENS, "event.name": "gen_ai.client.inference.operation.details"}
    assert call_of(values).prompt_tokens == 1000
    assert decoded({"gen_ai.system": "openai"}).llm_calls == []


def test_attributes_within_one_another_count_the_same() -> None:
    usage = {"input_tokens": 1000, "output_tokens": 300, "cache_read": {"input_tokens": 600}}
    nested = {"gen_ai": {"provider": {"name": "openai"}, "request": {"model": "gpt-4o"}, "usage": usage}}
    flat = {
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        **TOKENS,
        "gen_ai.usage.cache_read.input_tokens": 600,
    }
    assert call_of(nested) == call_of(flat)
    assert call_of(nested).units["cached_tokens"] == 600


ASKED, SERVED = "openai.request.service_tier", "openai.response.service_tier"


@pytest.mark.parametrize(
    ("values", "tier", "unknown"),
    [
        ({ASKED: "priority"}, "priority", "untold.service_tier"),
        ({ASKED: "priority", SERVED: "priority"}, "priority", ""),
        ({ASKED: "priority", SERVED: "default"}, "", ""),
        ({ASKED: "flex"}, "flex", ""),
        ({ASKED: "auto"}, "", ""),
        ({"gen_ai.openai.request.service_tier": "priority"}, "priority", "untold.service_tier"),
    ],
)
def test_a_tier_that_was_only_asked_for_is_named(values: Mapping[str, object], tier: str, unknown: str) -> None:
    call = call_of({**MODEL, **TOKENS, **values})
    assert (call.service_tier, call.unknown_units) == (tier, unknown)


@pytest.mark.parametrize(
    ("provider", "model", "address", "modifiers"),
    [
        ("openai", "gpt-5.4", "eu.api.openai.com", "route=eu"),
        ("openai", "gpt-5.4", "api.openai.com", ""),
        ("openai", "gpt-5.4", "vllm.internal", "route=vllm.internal"),
        ("openai", "gpt-5.4", None, ""),
        ("aws.bedrock", "amazon.nova-pro-v1:0", "bedrock-runtime.eu-central-1.amazonaws.com", "region=eu-central-1"),
        ("aws.bedrock", "amazon.nova-pro-v1:0", None, "region=unknown"),
        ("aws.bedrock", "anthropic.claude-sonnet-4-6", None, ""),
        ("gcp.vertex_ai", "claude-sonnet-4-5", "us-east5-aiplatform.googleapis.com", "route=us-east5"),
        ("gcp.gemini", "gemini-3-pro", "generativelanguage.googleapis.com", ""),
    ],
)
def test_the_host_of_the_provider_is_told(provider: str, model: str, address: str | None, modifiers: str) -> None:
    values = {"gen_ai.provider.name": provider, "gen_ai.request.model": model, **TOKENS}
    line = logs_request(log_record(values if address is None else {**values, "server.address": address}))
    assert counted("otlp", slim_line("otlp", line)) == counted("otlp", line)
    (explanation,) = explain_decoding(line, TimeRange())
    assert explanation.event is not None
    assert explanation.event.llm_calls[0].modifiers == modifiers


def test_the_address_of_a_gateway_is_not_that_of_the_provider() -> None:
    """A record of a request to a server has the server's own (docs/http/http-spans.md)."""
    call = call_of({**KONG, **MODEL, **TOKENS, "server.address": "gateway.internal"})
    assert (call.client_status, call.modifiers) == (200, "")
