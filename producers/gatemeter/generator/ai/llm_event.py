"""A request to a language model, and its `ai` member as each version of the gateway writes it."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from gatemeter.generator.ai.dialect import Dialect, json_number
from gatemeter.generator.ai.extra_members import cache_value, gateway_members, proxy_members
from gatemeter.generator.ai.llm_request import (
    JUDGE,
    REQUEST_TRANSFORMER,
    RESPONSE_TRANSFORMER,
    TRANSFORMERS,
    LlmRequest,
    companion_call,
    draw_llm_request,
    proxied_call,
)
from gatemeter.generator.facts import AiFacts, LlmCallFacts
from gatemeter.generator.rng import AiRng, RequestDraw

_PLUGINS = ("", "proxy", "ai-proxy", REQUEST_TRANSFORMER, RESPONSE_TRANSFORMER, JUDGE)
_PLUGIN_IDS = {plugin: str(uuid5(NAMESPACE_URL, f"https://api.acme.test/plugins/{plugin}")) for plugin in _PLUGINS}
_AZURE = {
    "azure_instance_id": "acme-eu",
    "azure_deployment_id": "gpt-4o-prod",
    "azure_api_version": "2024-10-21",
}
_STREAM_SHARE = 0.4


def draw_llm(draw: RequestDraw, rng: AiRng, status: int, upstream_ms: int) -> AiFacts:
    """What happens in a request with these random numbers that ends with `status` after `upstream_ms` upstream."""
    request = draw_llm_request(draw, rng, status, upstream_ms)
    plugin_mix, calls = request.plugin_mix, []
    ai: dict[str, Any] = gateway_members(rng) if request.dialect.details else {}
    proxy: dict[str, Any] = {}
    if plugin_mix.proxies:
        calls.append(proxied_call(request))
        proxy = _proxy_value(calls[-1], request)
        # The first gateway version with AI has no level for the plugin.
        ai |= {request.dialect.plugin: proxy} if request.dialect.plugin else proxy
    if plugin_mix.companion:
        calls.append(companion_call(request))
        holder = proxy if plugin_mix.nested else ai
        holder[plugin_mix.companion] = _companion_value(calls[-1], request)
    return AiFacts(msgspec.json.encode(ai), llm_calls=tuple(calls), from_cache=request.lookup.hits)


def _proxy_value(call: LlmCallFacts, request: LlmRequest) -> dict[str, Any]:
    dialect, rng = request.dialect, request.rng
    mode = "realtime" if request.plugin_mix.realtime else "stream" if rng.happens(_STREAM_SHARE) else "oneshot"
    usage = _voice_usage(call, rng) if request.plugin_mix.realtime else _text_usage(call, dialect)
    _add_pace(usage, call, floored=dialect.floors_pace)
    if dialect.details and mode == "stream" and call.latency_ms is not None:
        usage["time_to_first_token"] = call.latency_ms // 3
    value = {"usage": usage, "meta": _meta(call, dialect, dialect.plugin, mode), **proxy_members(dialect, call, rng)}
    if dialect.measures and (request.lookup.status or rng.happens(0.5)):
        value["cache"] = cache_value(request.lookup, rng)
    return value


def _companion_value(call: LlmCallFacts, request: LlmRequest) -> dict[str, Any]:
    plugin = request.plugin_mix.companion
    usage = _text_usage(call, request.dialect)
    _add_pace(usage, call, floored=request.dialect.floors_pace or plugin in TRANSFORMERS)
    if plugin == JUDGE:
        usage["llm_accuracy"] = 1 + request.rng.below(100)
    return {"meta": _meta(call, request.dialect, plugin, "oneshot"), "usage": usage}


def _meta(call: LlmCallFacts, dialect: Dialect, plugin: str, mode: str) -> dict[str, Any]:
    meta: dict[str, Any] = {
        "plugin_id": _PLUGIN_IDS[plugin],
        "provider_name": call.provider,
        "request_model": call.request_model,
    }
    if call.response_model:
        meta["response_model"] = call.response_model
    if call.latency_ms is not None:
        meta["llm_latency"] = call.latency_ms
    if dialect.details:
        meta["request_mode"] = mode
    return meta | _AZURE if call.provider == "azure" else meta


def _text_usage(call: LlmCallFacts, dialect: Dialect) -> dict[str, Any]:
    usage: dict[str, Any] = {
        dialect.prompt_key: call.prompt_tokens,
        dialect.completion_key: call.completion_tokens,
        "total_tokens": call.prompt_tokens + call.completion_tokens,
    }
    if dialect.details:
        cached, reasoning = call.cached_tokens, call.reasoning_tokens
        usage["prompt_tokens_details"] = {"cached_tokens": cached, "audio_tokens": 0} if cached else {}
        usage["completion_tokens_details"] = {"reasoning_tokens": reasoning, "audio_tokens": 0} if reasoning else {}
    return usage


def _voice_usage(call: LlmCallFacts, rng: AiRng) -> dict[str, Any]:
    """The same tokens, under the names that modalities other than text use."""
    spoken = rng.below(call.prompt_tokens)
    return {
        "input_tokens": call.prompt_tokens,
        "output_tokens": call.completion_tokens,
        "total_tokens": call.prompt_tokens + call.completion_tokens,
        "input_tokens_details": {"text_tokens": call.prompt_tokens - spoken, "audio_tokens": spoken},
        "output_tokens_details": {"text_tokens": 0, "audio_tokens": call.completion_tokens},
    }


def _add_pace(usage: dict[str, Any], call: LlmCallFacts, *, floored: bool) -> None:
    if call.cost_text is not None:
        usage["cost"] = msgspec.Raw(call.cost_text.encode())
    if call.latency_ms is None:
        return
    pace_ms = call.latency_ms / call.completion_tokens if call.completion_tokens else 0
    usage["time_per_token"] = int(pace_ms) if floored else json_number(pace_ms)
