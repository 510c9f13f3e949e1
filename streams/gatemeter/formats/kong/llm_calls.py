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
from gatemeter.lenient.fields import Fields, label_of, storable_text
from gatemeter.llm.call import LlmCall, context_above, outcome_of, priced_tier, provider_name
from gatemeter.llm.payload_usage import PayloadUsage, read_payload
from gatemeter.llm.provider_usage import read_usage
from gatemeter.llm.token_classes import TokenCounts
from gatemeter.llm.used_tokens import used_tokens

_PARTS_OF_A_CALL = frozenset({"usage", "meta", "cache", "payload"})


def read_llm_calls(ai: Mapping[str, Any], status: int | None, ignored_fields: list[str]) -> list[LlmCall]:
    """The calls in `ai`, in the order of their plugins' names; `status` is the client's, None if unknown.

    Never raises. The dotted paths of fields that could not be used are appended to `ignored_fields`.
    """
    calls = (_read_call(name, block, status) for name, block in _calls(Fields(ai, "ai", ignored_fields)))
    return list(dict.fromkeys(calls))


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


def _read_call(plugin_name: str, block: Fields, status: int | None) -> LlmCall:
    usage, meta, cache = block.object("usage"), block.object("meta"), block.object("cache")
    provider = provider_name(meta.label("provider_name"))
    request_model, response_model = meta.label("request_model"), meta.label("response_model")
    payload = _read_answer(block.object("payload"))
    used = used_tokens(
        read_usage(usage),
        payload,
        provider=provider,
        model=response_model or request_model,
        is_stream=meta.text("request_mode").lower() == "stream",
    )
    cache_status = cache.label("cache_status").lower()
    counts, classes = used.counts, used.classes
    embeddings = read_embeddings(cache, block.object("rag-inject"), counts.prompt)
    return LlmCall(
        outcome=outcome_of(status, cache_status),
        tokens_evidence=used.evidence,
        plugin_name=label_of(storable_text(plugin_name) or ""),
        plugin_id=meta.label("plugin_id"),
        provider=provider,
        request_model=request_model,
        response_model=response_model,
        cache_status=cache_status,
        service_tier=_service_tier(usage, meta, payload),
        prompt_tokens=counts.prompt,
        completion_tokens=counts.completion,
        total_tokens=_total(counts),
        cached_tokens=counts.cached,
        cache_write_tokens=_written_for_minutes(counts),
        cache_write_1h_tokens=counts.cache_write_1h,
        reasoning_tokens=counts.reasoning,
        audio_input_tokens=counts.audio_input,
        audio_output_tokens=counts.audio_output,
        fresh_input_tokens=classes.fresh_input,
        plain_output_tokens=classes.plain_output,
        context_above_tokens=context_above(classes.all_input),
        embeddings_provider=embeddings.provider,
        embeddings_model=embeddings.model,
        embeddings_tokens=embeddings.tokens,
        embeddings_evidence=embeddings.evidence,
        cost_reported_yoctos=_reported_cost(usage, meta, counts),
        llm_latency_ms=meta.latency_ms("llm_latency"),
        time_per_token_ms=_time_per_token_ms(usage, counts),
        time_to_first_token_ms=usage.latency_ms("time_to_first_token"),
        embeddings_latency_ms=embeddings.latency_ms,
        fetch_latency_ms=cache.latency_ms("fetch_latency"),
    )


def _read_answer(payload: Fields) -> PayloadUsage | None:
    response = payload.values.get("response")
    if response is not None and not isinstance(response, str | dict | list):
        payload.ignore("response")
    return read_payload(response)


def _service_tier(usage: Fields, meta: Fields, payload: PayloadUsage | None) -> str:
    logged = priced_tier(usage.label("service_tier")) or priced_tier(meta.label("service_tier"))
    return logged or ("" if payload is None else payload.service_tier)


def _total(counts: TokenCounts) -> int | None:
    """The logged total, else prompt and completion together; None if neither is known."""
    if counts.total is not None or (counts.prompt is None and counts.completion is None):
        return counts.total
    return (counts.prompt or 0) + (counts.completion or 0)


def _written_for_minutes(counts: TokenCounts) -> int | None:
    """The tokens written to the cache except for an hour: those are logged inside and have another price."""
    if counts.cache_write is None:
        return None
    return max(counts.cache_write - (counts.cache_write_1h or 0), 0)


def _reported_cost(usage: Fields, meta: Fields, counts: TokenCounts) -> int | None:
    """Kong logs a cost of 0 when no prices are configured: unknown, not free, unless nothing was used."""
    yoctos = usage.yoctos("cost")
    if yoctos is None:
        yoctos = meta.yoctos("cost")
    return None if yoctos == 0 and not counts.has_no_tokens else yoctos


def _time_per_token_ms(usage: Fields, counts: TokenCounts) -> float | None:
    """Kong logs 0 when there were no completion tokens to divide by: not measured."""
    per_token_ms = usage.latency_ms("time_per_token")
    return per_token_ms if per_token_ms or counts.completion else None
