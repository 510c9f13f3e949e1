"""What the logged answer, the request and the targets of a call tell beyond Kong's own usage object."""

import json
from typing import Any

import pytest

from gatemeter.formats.kong.gateway import UNKNOWN_GATEWAY, Gateway
from gatemeter.formats.kong.llm_calls import read_llm_calls
from gatemeter.llm.call import LlmCall, TokensEvidence
from gatemeter.llm.counting_rules import parse_version
from gatemeter.llm.outcome import Statuses
from gatemeter.llm.payload_usage import read_payload

Json = dict[str, Any]


def only_call(block: Json, gateway: Gateway = UNKNOWN_GATEWAY) -> LlmCall:
    (call,) = read_llm_calls({"proxy": block}, Statuses(200), [], gateway)
    return call


def counts_of(call: LlmCall, *names: str) -> tuple[int | None, ...]:
    return tuple(call.units.get(name) for name in names)


ANTHROPIC: Json = {"provider_name": "anthropic", "response_model": "claude-opus-4-8"}


def answered(response: Json, usage: Json, **meta: Any) -> LlmCall:
    block = {"usage": usage, "meta": meta, "payload": {"response": json.dumps(response)}}
    return only_call(block)


def test_the_provider_s_own_usage_object_settles_what_kong_leaves_open() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    assert only_call({"usage": usage, "meta": ANTHROPIC}).tokens_evidence is TokensEvidence.AMBIGUOUS
    own = {"usage": {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 90}}
    call = answered(own, usage, **ANTHROPIC)
    assert (call.tokens_evidence, call.counting_rule) == (TokensEvidence.PROVIDER, "anthropic")
    assert counts_of(call, "fresh_input_tokens", "cached_tokens") == (10, 90)


def test_modifiers_and_searches_of_the_answer_are_read() -> None:
    own = {"input_tokens": 10, "output_tokens": 5, "speed": "fast", "inference_geo": "us", "service_tier": "priority"}
    response = {"usage": {**own, "server_tool_use": {"web_search_requests": 3, "web_fetch_requests": 2}}}
    call = answered(response, {"prompt_tokens": 10, "completion_tokens": 5}, **ANTHROPIC)
    assert (call.modifiers, call.service_tier) == ("inference_geo=us,speed=fast", "priority")
    assert (call.units["web_searches"], call.unknown_units) == (3, "")


@pytest.mark.parametrize(
    ("request_body", "response", "tier"),
    [
        ({"service_tier": "flex"}, {}, "flex"),
        ({"service_tier": "flex"}, {"service_tier": "default"}, ""),
        ({"service_tier": "auto"}, {"service_tier": "priority"}, "priority"),
        ({"service_tier": 5}, {}, ""),
    ],
)
def test_the_answer_knows_the_tier_better_than_the_request(request_body: Json, response: Json, tier: str) -> None:
    payload = {"request": json.dumps(request_body), "response": json.dumps(response)}
    assert only_call({"usage": {}, "payload": payload}).service_tier == tier


@pytest.mark.parametrize(
    ("host", "model", "modifiers"),
    [
        ("eu.api.openai.com", "gpt-5", "route=eu"),
        ("api.openai.com", "gpt-5", ""),
        ("us-east5-aiplatform.googleapis.com", "claude-sonnet-4-5", "route=us-east5"),
        ("us-east5-aiplatform.googleapis.com", "gemini-2.5-pro", ""),
        ("europe-west4-aiplatform.googleapis.com", "gemini-3.5-flash", "route=europe-west4"),
        ("aiplatform.eu.rep.googleapis.com", "claude-opus-4-7", "route=eu"),
        ("aiplatform.googleapis.com", "gemini-3.5-flash", ""),
        (None, "gpt-5", ""),
    ],
)
def test_a_regional_endpoint_with_a_price_of_its_own_is_told(host: str | None, model: str, modifiers: str) -> None:
    block = {"usage": {}, "meta": {"request_model": model}, "tried_targets": [{"host": "x"}, {"host": host}]}
    assert only_call(block).modifiers == modifiers


@pytest.mark.parametrize(
    ("provider", "host", "model", "modifiers"),
    [
        ("openai", "vllm.internal", "gpt-4o", "route=vllm.internal"),
        ("openai", "openrouter.ai", "openai/gpt-4o", "route=openrouter.ai"),
        ("openai", "api.openai.com", "gpt-4o", ""),
        ("openai", "API.OpenAI.com:443", "gpt-4o", ""),
        ("anthropic", "bedrock-runtime.us-east-1.amazonaws.com", "claude-sonnet-4-5", "route=bedrock-runtime"),
        ("bedrock", "bedrock-runtime.eu-west-2.amazonaws.com", "meta.llama3-8b-instruct-v1:0", "region=eu-west-2"),
        ("bedrock", "bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "amazon.nova-pro-v1:0", "region=us-gov-west-1"),
        ("bedrock", "bedrock-runtime.eu-west-1.amazonaws.com", "eu.anthropic.claude-sonnet-4-6", ""),
        ("bedrock", "bedrock-runtime.eu-west-1.amazonaws.com", "arn:aws:bedrock:eu-west-1::foundation-model/x", ""),
        ("bedrock", "llm.internal", "amazon.nova-pro-v1:0", "route=llm.internal"),
        ("bedrock", None, "amazon.nova-pro-v1:0", "region=unknown"),
        ("bedrock", None, "us.amazon.nova-pro-v1:0", ""),
        ("bedrock", None, "anthropic.claude-sonnet-4-6", ""),
        ("openai", "api.openai.test", "gpt-4o", ""),
        ("azure", "mine.openai.azure.com", "gpt-4o", ""),
    ],
)
def test_a_host_that_has_other_prices_is_told(provider: str, host: str | None, model: str, modifiers: str) -> None:
    meta = {"provider_name": provider, "request_model": model}
    found = only_call({"usage": {}, "meta": meta, "tried_targets": [{"host": host}]}).modifiers
    assert found.startswith(modifiers)
    assert bool(found) == bool(modifiers)


OPENAI_USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


@pytest.mark.parametrize(
    ("logged", "response", "model"),
    [
        ("gpt-5", {"id": "r", "model": "gpt-5-nano-2025-08-07", "usage": OPENAI_USAGE}, "gpt-5-nano-2025-08-07"),
        ("gpt-4.1", {"id": "r", "model": "gpt-5-nano", "usage": OPENAI_USAGE}, "gpt-4.1"),
        ("gpt-5", {"id": "r", "usage": OPENAI_USAGE}, "gpt-5"),
        ("gpt-5", {"model": "gpt-5-nano", "usage": OPENAI_USAGE}, "gpt-5"),  # composed by the gateway
        ("", {"modelVersion": "m-1", "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1}}, "m-1"),
        ("gpt-5", {"type": "message_start", "message": {"model": "m-2", "usage": {"input_tokens": 1}}}, "m-2"),
        ("gpt-5", {"id": "r", "model": ["x"], "usage": OPENAI_USAGE}, "gpt-5"),
    ],
)
def test_the_answer_tells_its_model_where_the_gateway_repeats_the_request(
    logged: str, response: Json, model: str
) -> None:
    call = answered(response, OPENAI_USAGE, provider_name="openai", request_model="gpt-5", response_model=logged)
    assert (call.request_model, call.response_model) == ("gpt-5", model)


def test_answers_of_several_models_tell_no_model() -> None:
    lines = [{"id": "r", "model": name, "usage": OPENAI_USAGE} for name in ("gpt-5-nano", "gpt-5-mini")]
    found = read_payload("\n".join(map(json.dumps, lines)), "openai")
    assert found is not None
    assert found.model == ""


def test_what_an_answer_tells_can_be_stored() -> None:
    response = '{"usage": {"speed": "\\ud800", "service_tier": "\\ud800", "\\ud800": 5}}'
    call = only_call({"usage": {}, "payload": {"response": response}})
    assert (call.modifiers, call.service_tier) == ("speed=(other)", "(other)")
    assert "ud800" in call.unknown_units.encode().decode()


@pytest.mark.parametrize(
    ("response", "unknown"),
    [
        ({}, "tools.web_search"),
        ({"usage": {"input_tokens": 1, "output_tokens": 1, "input_tokens_details": {}}, "output": []}, ""),
    ],
)
def test_a_tool_that_no_answer_counts_is_named(response: Json, unknown: str) -> None:
    payload = {"request": '{"tools": [{"type": "web_search"}]}', "response": json.dumps(response)}
    block = {"usage": OPENAI_USAGE, "meta": {"provider_name": "openai"}, "payload": payload}
    assert only_call(block).unknown_units == unknown


@pytest.mark.parametrize(
    ("tier", "response", "unknown"),
    [
        ("priority", {}, "untold.service_tier"),
        ("priority", {"service_tier": "priority"}, ""),
        ("priority", {"service_tier": "default"}, ""),
        ("fast", {}, "untold.service_tier"),
        ("flex", {}, ""),
        ("auto", {}, ""),
    ],
)
def test_a_tier_that_may_not_have_been_served_is_named(tier: str, response: Json, unknown: str) -> None:
    payload = {"request": json.dumps({"service_tier": tier}), "response": json.dumps(response)}
    assert only_call({"usage": OPENAI_USAGE, "payload": payload}).unknown_units == unknown


@pytest.mark.parametrize(
    ("uri", "unknown"),
    [
        ("/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke", "untold.cache_write_tokens"),
        ("/model/anthropic.claude-sonnet-4-6/invoke-with-response-stream", "untold.cache_write_tokens"),
        ("/model/anthropic.claude-sonnet-4-6/converse", ""),
        ("/model/meta.llama3-8b-instruct-v1:0/invoke", ""),
    ],
)
def test_a_cache_that_no_total_shows_is_named(uri: str, unknown: str) -> None:
    meta = {"provider_name": "bedrock", "request_model": "us.anthropic.claude-sonnet-4-5-20250929-v1:0"}
    block = {"usage": OPENAI_USAGE, "meta": meta, "tried_targets": [{"upstream_uri": uri}]}
    assert only_call(block).unknown_units == unknown


@pytest.mark.parametrize(("ttl", "unknown"), [("1h", "untold.cache_write_1h_tokens"), ("5m", "")])
def test_writes_that_may_be_kept_for_an_hour_are_named(ttl: str, unknown: str) -> None:
    usage = {**OPENAI_USAGE, "prompt_tokens_details": {"cached_tokens": 0, "cache_creation_tokens": 4}}
    request = json.dumps({"system": [{"cache_control": {"type": "ephemeral", "ttl": ttl}}]})
    block = {"usage": usage, "meta": {"provider_name": "anthropic"}, "payload": {"request": request}}
    assert only_call(block).unknown_units == unknown


@pytest.mark.parametrize(
    ("method", "response", "uri", "modifiers"),
    [
        ("GET", '{"object": "response"}', "", "request=retrieval"),
        ("GET", "{}", "/v1/responses/resp_1", "request=retrieval"),
        ("GET", "{}", "/v1/batches/b_1", "request=retrieval"),
        ("GET", "{}", "/v1/realtime", ""),
        ("POST", '{"object": "response"}', "/v1/responses", ""),
    ],
)
def test_an_answer_that_is_read_again_is_told(method: str, response: str, uri: str, modifiers: str) -> None:
    block = {"usage": OPENAI_USAGE, "payload": {"response": response}, "tried_targets": [{"upstream_uri": uri}]}
    (call,) = read_llm_calls({"proxy": block}, Statuses(200), [], UNKNOWN_GATEWAY, method)
    assert call.modifiers == modifiers


def test_what_no_table_knows_is_named_on_the_call() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "smell_tokens": 4, "a,b": 1, "x" * 300: 2}
    names = only_call({"usage": usage}).unknown_units.split(",")
    assert names[:2] == ["a b", "smell_tokens"]
    assert [len(name) for name in names[2:]] == [100]


@pytest.mark.parametrize("name", ["", " ", ","])
def test_a_count_without_a_name_is_not_lost(name: str) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 5, name: 4}
    assert only_call({"usage": usage}).unknown_units == "(no name)"


@pytest.mark.parametrize(
    ("version", "is_stream", "evidence"),
    [
        ("3.15.0.4", False, TokensEvidence.REPORTED),
        ("3.15.0.4", True, TokensEvidence.REPORTED),
        ("3.14.0.7", False, TokensEvidence.REPORTED),
        ("3.14.0.7", True, TokensEvidence.AMBIGUOUS),  # running totals were summed
    ],
)
def test_streams_of_gemini_depend_on_the_version_of_kong(
    version: str, is_stream: bool, evidence: TokensEvidence
) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    block = {"usage": usage, "meta": {"provider_name": "gemini"}}
    gateway = Gateway(parse_version(version), is_stream=is_stream)
    assert only_call(block, gateway).tokens_evidence is evidence
