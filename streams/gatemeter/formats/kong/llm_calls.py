"""Calls to language models in the `ai` member, in the shapes of Kong 3.6 to 3.15.

| version | where |
| --- | --- |
| 3.6 | `ai.usage`, `ai.meta`: no plugin level, summed over all plugins of the request, so one call of no plugin |
| 3.7 | `ai.<plugin>.usage`, with `prompt_token` and `completion_token` |
| 3.8 and later | `ai.<plugin>.usage`, `.meta`, `.cache`, with `prompt_tokens` and `completion_tokens` |
| 3.9.0, 3.10 and later | `ai.proxy` for ai-proxy and ai-proxy-advanced |

Every object with a `usage` or a `meta` object is one call, so several plugins of one event are several calls. The
judge's call is documented as `ai.proxy.ai-llm-as-judge` and as `ai.ai-llm-as-judge`; logged in both places it is one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gatemeter.formats.kong.embeddings import read_embeddings
from gatemeter.formats.kong.gateway import UNKNOWN_GATEWAY, Gateway
from gatemeter.formats.kong.price_modifiers import asks_for_an_hour, hides_cache, read_modifiers
from gatemeter.formats.kong.upstream_answer import has_answer, has_completion, statuses_of_call
from gatemeter.lenient.fields import Fields, stored_label
from gatemeter.llm.call import LlmCall, TokensEvidence, context_above, provider_name
from gatemeter.llm.counting_rules import CountedBy
from gatemeter.llm.modifiers import SERVICE_TIER, modifiers_text
from gatemeter.llm.outcome import Statuses, evidence_of_answer, outcome_of
from gatemeter.llm.payload_usage import PayloadUsage, read_payload
from gatemeter.llm.provider_usage import read_usage
from gatemeter.llm.requested_tools import requested_tools
from gatemeter.llm.used_tokens import UNTOLD_1H_WRITES, UNTOLD_TIER, UNTOLD_WRITES, UsedTokens, used_tokens

_SEVERAL = 2
_PARTS_OF_A_CALL = frozenset({"usage", "meta", "cache", "payload"})


def read_llm_calls(
    ai: Mapping[str, Any],
    statuses: Statuses,
    ignored_fields: list[str],
    gateway: Gateway = UNKNOWN_GATEWAY,
    method: str = "",
) -> list[LlmCall]:
    """The calls in `ai`, in the order of their plugins' names; `statuses` and the HTTP `method` are the event's.

    Never raises. The dotted paths of fields that could not be used are appended to `ignored_fields`.
    """
    blocks = _calls(Fields(ai, "ai", ignored_fields))
    calls = [_read_call(name, block, ai, statuses, gateway, method) for name, block in blocks]
    # By their texts: a call has no hash, and comparing thousands of them with each other would take minutes.
    return calls if len(calls) < _SEVERAL else list({repr(call): call for call in calls}.values())


def _calls(ai: Fields) -> Iterator[tuple[str, Fields]]:
    """Plugin names and blocks; '' for the flat shape."""
    if _is_call(ai.values):
        yield "", ai
    for name, block in _members(ai):
        if _is_call(block.values):
            yield name, block
        for inner_name, inner in _members(block):
            if _is_call(inner.values):
                yield inner_name, inner


def _members(fields: Fields) -> Iterator[tuple[str, Fields]]:
    for name in sorted(fields.values):
        if name not in _PARTS_OF_A_CALL and isinstance(fields.values[name], dict):
            yield name, fields.object(name)


def _is_call(block: Mapping[str, Any]) -> bool:
    return isinstance(block.get("usage"), dict) or isinstance(block.get("meta"), dict)


def _read_call(
    plugin_name: str, block: Fields, ai: Mapping[str, Any], statuses: Statuses, gateway: Gateway, method: str
) -> LlmCall:
    usage, meta, cache = block.object("usage"), block.object("meta"), block.object("cache")
    provider = provider_name(meta.label("provider_name"))
    payload = _read_answer(block.object("payload"), provider)
    request_model = meta.label("request_model")
    response_model = _response_model(meta.label("response_model"), request_model, payload)
    counted_by = CountedBy("kong", gateway.version, provider, response_model or request_model)
    is_stream = gateway.has_streamed(meta.text("request_mode"))
    used = used_tokens(read_usage(usage), payload, counted_by=counted_by, is_stream=is_stream)
    modifiers = read_modifiers(block.values, payload, method)
    service_tier = stored_label(modifiers.by_name.pop(SERVICE_TIER, ""))
    cache_status = cache.label("cache_status").lower()
    embeddings = read_embeddings(cache, block.object("rag-inject"), used.prompt)
    llm_latency_ms = meta.latency_ms("llm_latency")
    statuses = statuses_of_call(statuses, plugin_name, llm_latency_ms)
    answer = has_answer(plugin_name, (block.values, ai), has_completion=has_completion(used))
    outcome = outcome_of(statuses, cache_status, provider=provider, has_answer=answer)
    return LlmCall(
        outcome=outcome,
        tokens_evidence=evidence_of_answer(used.evidence, outcome, statuses, has_completion=has_completion(used)),
        plugin_name=stored_label(plugin_name),
        plugin_id=meta.label("plugin_id"),
        provider=provider,
        request_model=request_model,
        response_model=response_model,
        cache_status=cache_status,
        service_tier=service_tier,
        modifiers=stored_label(modifiers_text(modifiers.by_name)),
        unknown_units=_unknown_units(block, used, is_tier_only_asked_for=modifiers.is_tier_only_asked_for),
        counting_rule=used.rule,
        client_status=statuses.client,
        provider_status=statuses.provider,
        prompt_tokens=used.prompt,
        completion_tokens=used.completion,
        total_tokens=used.total,
        units=used.units,
        context_above_tokens=context_above(used.context_tokens),
        embeddings_provider=embeddings.provider,
        embeddings_model=embeddings.model,
        embeddings_tokens=embeddings.tokens,
        embeddings_evidence=embeddings.evidence,
        cost_reported_yoctos=_reported_cost(usage, meta),
        llm_latency_ms=llm_latency_ms,
        time_per_token_ms=_time_per_token_ms(usage, used),
        time_to_first_token_ms=usage.latency_ms("time_to_first_token"),
        embeddings_latency_ms=embeddings.latency_ms,
        fetch_latency_ms=cache.latency_ms("fetch_latency"),
    )


def _response_model(logged: str, request_model: str, answer: PayloadUsage | None) -> str:
    """The model that answered. Kong logs the model that was asked for where it found none in the answer
    (Kong/kong: kong/llm/plugin/shared-filters/serialize-analytics.lua).
    """
    told = stored_label(answer.model) if answer is not None else ""
    return told if told and logged in ("", request_model) else logged


def _read_answer(payload: Fields, provider: str) -> PayloadUsage | None:
    response = payload.values.get("response")
    if response is not None and not isinstance(response, str | dict | list):
        payload.ignore("response")
    return read_payload(response, provider)


def _unknown_units(block: Fields, used: UsedTokens, *, is_tier_only_asked_for: bool) -> str:
    """The names of what may be billed and is not counted, as a key holds them: joined by commas."""
    tier = (UNTOLD_TIER,) if is_tier_only_asked_for else ()
    return ",".join(_unit_name(each) for each in (*used.unknown, *tier, *_told_by_request(block, used)))


def _unit_name(name: str) -> str:
    """A name without commas; one that would be empty, and so lost, is named."""
    return stored_label(name.replace(",", " "))[:_LONGEST_NAME].strip() or _NO_NAME


_LONGEST_NAME = 100
_NO_NAME = "(no name)"


def _told_by_request(block: Fields, used: UsedTokens) -> tuple[str, ...]:
    """What the request lets the provider bill and only its own counts tell: tools, a cache and how long it is kept."""
    if used.evidence is TokensEvidence.PROVIDER:
        return ()
    request = block.object("payload").values.get("request")
    writes = used.units.get("cache_write_tokens", 0) > 0 and not used.units.get("cache_write_1h_tokens")
    untold = (UNTOLD_1H_WRITES,) if writes and isinstance(request, str) and asks_for_an_hour(request) else ()
    hidden = (UNTOLD_WRITES,) if hides_cache(block.values) else ()
    return (*untold, *hidden, *requested_tools(request))


def _reported_cost(usage: Fields, meta: Fields) -> int | None:
    """Kong logs a cost of 0 when no prices are configured or nothing was counted: unknown, not free."""
    yoctos = usage.yoctos("cost")
    if yoctos is None:
        yoctos = meta.yoctos("cost")
    return yoctos or None


def _time_per_token_ms(usage: Fields, used: UsedTokens) -> float | None:
    """Kong logs 0 when there were no completion tokens to divide by: not measured."""
    per_token_ms = usage.latency_ms("time_per_token")
    return per_token_ms if per_token_ms or used.completion else None
