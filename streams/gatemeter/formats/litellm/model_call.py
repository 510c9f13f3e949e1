"""The call to a model in a StandardLoggingPayload."""

from collections.abc import Mapping
from typing import Any

from gatemeter.formats.litellm.price_modifiers import read_modifiers
from gatemeter.formats.litellm.times import duration_ms
from gatemeter.lenient.fields import Fields, stored_label
from gatemeter.lenient.numbers import exact_number
from gatemeter.llm.call import LlmCall, context_above, provider_name
from gatemeter.llm.counting_rules import CountedBy
from gatemeter.llm.modifiers import SERVICE_TIER, modifiers_text
from gatemeter.llm.outcome import Statuses, evidence_of_answer, outcome_of
from gatemeter.llm.provider_usage import read_usage
from gatemeter.llm.used_tokens import used_tokens

_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
_CACHE_STATUSES = {None: "", True: "hit", False: "miss"}
_CURRENCY = "USD"
GATEWAY = "litellm"
"""What counting rules call LiteLLM."""
_LONGEST_NAME = 100


def read_model_call(payload: Fields, metadata: Fields, error: Fields, client_status: int | None) -> LlmCall:
    """The call. `usage_object` has the provider's counts in OpenAI's form; where there is none, the payload's count."""
    usage = _usage(payload, metadata)
    provider, model = provider_name(payload.label("custom_llm_provider")), payload.label("model")
    is_stream = payload.values.get("stream")
    used = used_tokens(
        read_usage(Fields(usage, "metadata.usage_object", payload.ignored_fields)),
        None,
        counted_by=CountedBy(GATEWAY, (), provider, model),
        is_stream=is_stream if isinstance(is_stream, bool) else None,
    )
    cache_status = _CACHE_STATUSES[_boolean(payload.values.get("cache_hit"))]
    # The provider's name is told where the error is the provider's.
    provider_status = client_status if error.text("llm_provider") else None
    statuses, has_completion = Statuses(client_status, provider_status), bool(used.completion)
    outcome = outcome_of(statuses, cache_status, provider=provider, has_answer=has_completion or None)
    modifiers = read_modifiers(payload, usage, provider, model, used.units)
    cost = payload.yoctos("saved_cache_cost" if cache_status == "hit" else "response_cost") or None
    return LlmCall(
        outcome=outcome,
        tokens_evidence=evidence_of_answer(used.evidence, outcome, statuses, has_completion=has_completion),
        provider=provider,
        request_model=model,
        cache_status=cache_status,
        service_tier=stored_label(modifiers.by_name.pop(SERVICE_TIER, "")),
        modifiers=stored_label(modifiers_text(modifiers.by_name)),
        unknown_units=",".join(map(_unit_name, (*used.unknown, *modifiers.unknown))),
        counting_rule=used.rule,
        client_status=client_status,
        provider_status=provider_status,
        prompt_tokens=used.prompt,
        completion_tokens=used.completion,
        total_tokens=used.total,
        units=used.units,
        context_above_tokens=context_above(used.context_tokens),
        cost_reported_yoctos=cost,
        cost_reported_currency=_CURRENCY if cost else "",
        llm_latency_ms=duration_ms(payload, "startTime", "endTime"),
        time_to_first_token_ms=duration_ms(payload, "startTime", "completionStartTime") if is_stream is True else None,
    )


def has_usage(payload: Fields) -> bool:
    """Whether a payload tells of tokens."""
    counts = _usage(payload, payload.object("metadata"))
    return any(exact_number(counts.get(name)) for name in _COUNTS)


def _usage(payload: Fields, metadata: Fields) -> Mapping[str, Any]:
    usage = metadata.object("usage_object").values
    return usage or {name: payload.values[name] for name in _COUNTS if payload.values.get(name) is not None}


def _unit_name(name: str) -> str:
    return stored_label(name.replace(",", " "))[:_LONGEST_NAME]


def _boolean(value: object) -> bool | None:
    """Some versions write true and false as texts."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None
