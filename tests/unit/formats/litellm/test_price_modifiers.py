"""What decides about a price beside the tokens: the tier, the host that was called, tools that the provider bills."""

import json
from typing import Any

import pytest

from gatemeter.formats.litellm.price_modifiers import host_alone, host_of
from gatemeter.pricing.cost import CostEvidence
from gatemeter.pricing.gap import Bound, Gap
from tests.support.litellm_payloads import USAGE, call_of, cost_of, payload
from tests.support.slim_lines import slim_line

Json = dict[str, Any]
USAGE_TOLD = {"usage_object": {**USAGE, "prompt_tokens_details": {"cached_tokens": 0}}}
PRIORITY, FLEX = {"service_tier": "priority"}, {"service_tier": "flex"}
BEDROCK_IN_EU = "https://bedrock-runtime.eu-central-1.amazonaws.com"
VERTEX_IN_US = "https://us-east5-aiplatform.googleapis.com"
GEMINI = "https://generativelanguage.googleapis.com"
WEB_SEARCH = {"tools": [{"type": "web_search"}]}


def line_of(**members: object) -> bytes:
    """A payload, of which a door leaves what reads the same."""
    line = payload(**{"metadata": USAGE_TOLD, **members})
    assert call_of(slim_line("litellm", line)) == call_of(line)
    return line


# The tier is in the answer, its usage or the request [BerriAI/litellm#13810, #14796, #17748, #30558]; 1.110.2 tells in
# `cost_breakdown` by which one it has priced.
@pytest.mark.parametrize(
    ("members", "tier", "unknown"),
    [
        ({"model_parameters": FLEX}, "flex", ""),
        ({"response": FLEX}, "flex", ""),
        ({"response": FLEX, "model_parameters": {"service_tier": "auto"}}, "flex", ""),
        ({"response": {"service_tier": "default"}, "model_parameters": PRIORITY}, "", ""),
        ({"response": PRIORITY, "model_parameters": PRIORITY}, "priority", ""),
        ({"model_parameters": PRIORITY}, "priority", "untold.service_tier"),
        ({"model_parameters": {"service_tier": "fast"}}, "fast", "untold.service_tier"),
        (
            {"response": {"text": "redacted-by-litellm"}, "model_parameters": PRIORITY},
            "priority",
            "untold.service_tier",
        ),
        ({"metadata": {"usage_object": {**USAGE, **PRIORITY}}, "model_parameters": PRIORITY}, "priority", ""),
        ({"cost_breakdown": PRIORITY, "model_parameters": PRIORITY}, "priority", "untold.service_tier"),
        ({"cost_breakdown": {"service_tier": None}, "model_parameters": FLEX}, "flex", ""),
        ({"cost_breakdown": PRIORITY}, "priority", ""),
        ({"response": "text", "model_parameters": ["priority"]}, "", ""),
    ],
)
def test_the_answer_is_asked_for_its_tier_before_the_request(members: Json, tier: str, unknown: str) -> None:
    call = call_of(line_of(**members))
    assert (call.service_tier, call.unknown_units) == (tier, unknown)


def test_a_tier_that_was_only_asked_for_is_the_most_that_it_cost() -> None:
    cost = cost_of(line_of(model="gpt-5", model_parameters=PRIORITY))
    assert cost.gaps == (Gap("no answer tells that the service tier of the request was served", Bound.AT_MOST),)


@pytest.mark.parametrize(
    ("provider", "model", "api_base", "modifiers"),
    [
        ("openai", "gpt-4o", "https://api.openai.com/v1/", ""),
        ("openai", "gpt-5.4", "https://eu.api.openai.com/v1/", "route=eu"),
        ("openai", "gpt-4o", "http://localhost:8000/v1", "route=localhost"),
        ("openai", "openai/gpt-4o", "http://vllm.internal.corp/v1/", "route=vllm.internal.corp"),
        ("bedrock", "bedrock/amazon.nova-pro-v1:0", f"{BEDROCK_IN_EU}/model/x/converse", "region=eu-central-1"),
        ("bedrock", "amazon.nova-pro-v1:0", "", "region=unknown"),
        ("bedrock", "bedrock/us.amazon.nova-pro-v1:0", "https://bedrock-runtime.us-east-1.amazonaws.com", ""),
        ("bedrock", "bedrock/converse/eu-west-1/amazon.nova-pro-v1:0", "", ""),
        ("bedrock", "bedrock/anthropic.claude-sonnet-4-6", "", ""),
        ("vertex_ai", "vertex_ai/claude-sonnet-4-5", f"{VERTEX_IN_US}/v1/projects/p", "route=us-east5"),
        ("vertex_ai", "gemini-2.5-pro", VERTEX_IN_US, ""),
        ("gemini", "gemini/gemini-3-pro", f"{GEMINI}/v1beta/models/x?key=*****abcd", ""),
        ("cohere_chat", "command-r", "https://api.cohere.com/v2/chat", ""),
        ("azure", "gpt-4o", "https://mine.openai.azure.com", ""),
    ],
)
def test_the_host_that_was_called_is_told(provider: str, model: str, api_base: str, modifiers: str) -> None:
    told = {"custom_llm_provider": provider, "model": model}
    assert call_of(line_of(**told, api_base=api_base)).modifiers == modifiers
    assert call_of(line_of(**told, api_base="", hidden_params={"api_base": api_base})).modifiers == modifiers


@pytest.mark.parametrize(
    ("model", "provider", "api_base", "gap"),
    [
        ("amazon.nova-pro-v1:0", "bedrock", "", "no price for region unknown: the standard price counts"),
        ("gpt-4o", "openai", "http://vllm.corp/v1", "no price for route vllm.corp: the standard price counts"),
    ],
)
def test_a_host_without_a_known_price_makes_an_estimate(model: str, provider: str, api_base: str, gap: str) -> None:
    cost = cost_of(line_of(model=model, custom_llm_provider=provider, api_base=api_base))
    assert (cost.evidence, cost.gaps) == (CostEvidence.ESTIMATED, (Gap(gap),))


def test_the_region_of_openai_has_its_surcharge() -> None:
    anywhere, in_eu = (
        cost_of(line_of(model="gpt-5.4", startTime=1780000000.5, endTime=1780000001.5, api_base=f"https://{host}/v1"))
        for host in ("api.openai.com", "eu.api.openai.com")
    )
    assert in_eu.cost_computed_yoctos * 10 == anywhere.cost_computed_yoctos * 11 > 0
    assert in_eu.evidence is CostEvidence.COMPUTED


@pytest.mark.parametrize(
    ("api_base", "host"),
    [
        ("https://user:s3cret@API.openai.com:443/v1?key=s3cret", "api.openai.com"),
        ("api.openai.com/v1//x", "api.openai.com"),
        ("//api.openai.com", "api.openai.com"),
        ("http://[::1]:4000/s3cret", "::1"),
        ("http://[s3cret", ""),
        ("", ""),
        (None, ""),
        ({"s3cret": 1}, ""),
    ],
)
def test_of_an_address_only_the_host_is_kept(api_base: object, host: str) -> None:
    kept = host_alone(json.dumps(api_base).encode())
    assert host_of(api_base) == host_of(json.loads(kept)) == host
    assert b"s3cret" not in kept


@pytest.mark.parametrize(
    ("members", "unknown"),
    [
        ({"model_parameters": WEB_SEARCH}, "tools.web_search"),
        ({"model_parameters": {"tools": [{"googleSearch": {}}], "web_search_options": {}}}, "tools.googleSearch"),
        ({"model_parameters": {"tools": [{"type": "function", "function": {"name": "web_search"}}]}}, ""),
        ({"model_parameters": {"web_search_options": {}}}, "tools.web_search"),
        ({"standard_built_in_tools_params": {"web_search_options": {}, "file_search": None}}, "tools.web_search"),
        ({"standard_built_in_tools_params": {"web_search_options": None, "file_search": {}}}, "tools.file_search"),
        ({"standard_built_in_tools_params": {"web_search_options": None, "file_search": None}}, ""),
        ({"cost_breakdown": {"tool_usage_cost": 0.05}}, "tool_usage_cost"),
        ({"cost_breakdown": {"tool_usage_cost": 0.05}, "model_parameters": WEB_SEARCH}, "tools.web_search"),
        ({"cost_breakdown": {"tool_usage_cost": 0.0}}, ""),
        ({"model_parameters": {"tools": "web_search"}, "standard_built_in_tools_params": "web_search"}, ""),
    ],
)
def test_a_tool_that_the_provider_bills_is_named(members: Json, unknown: str) -> None:
    assert call_of(line_of(**members)).unknown_units == unknown


def test_searches_that_are_counted_are_not_named() -> None:
    usage = {"usage_object": {**USAGE, "server_tool_use": {"web_search_requests": 2}}}
    told = {"metadata": usage, "cost_breakdown": {"tool_usage_cost": 0.02}}
    call = call_of(line_of(**told, model_parameters=WEB_SEARCH))
    assert (call.units["web_searches"], call.unknown_units) == (2, "")
    both = {"tools": [{"type": "web_search_20250305"}, {"type": "code_execution_20250825"}]}
    assert call_of(line_of(**told, model_parameters=both)).unknown_units == "tools.code_execution"


def test_searches_of_perplexity_are_in_the_price_of_a_call() -> None:
    options = {"web_search_options": {"search_context_size": "high"}}
    call = call_of(line_of(custom_llm_provider="perplexity", model="sonar", model_parameters=options))
    assert (call.modifiers, call.unknown_units) == ("search_context_size=high", "")


def test_a_cost_with_tools_is_the_least_that_was_spent() -> None:
    # A web search of 0.05 USD by gpt-5, which LiteLLM's own price includes.
    breakdown = {"input_cost": 0.000125, "output_cost": 0.0005, "tool_usage_cost": 0.05, "total_cost": 0.050625}
    cost = cost_of(
        line_of(call_type="aresponses", model="gpt-5", model_parameters=WEB_SEARCH, cost_breakdown=breakdown)
    )
    text = "the request allows web_search, and no answer tells how often it was used"
    assert cost.gaps == (Gap(text, Bound.AT_LEAST),)


def test_what_a_request_and_an_answer_say_stays_at_the_door() -> None:
    line = line_of(
        model_parameters={"tools": [{"type": "function", "function": {"name": "s3cret"}}], "instructions": "s3cret"},
        response={"output": "s3cret", "speed": "s3cret!", "service_tier": {"type": "s3cret?"}},
        standard_built_in_tools_params={"file_search": {"vector_store_ids": ["s3cret"]}},
        api_base="https://api.openai.com/s3cret?key=s3cret",
    )
    assert b"s3cret" not in slim_line("litellm", line)
