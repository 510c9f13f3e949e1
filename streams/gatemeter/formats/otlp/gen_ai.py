"""Calls to models by OpenTelemetry's attributes for generative AI, in every spelling that senders use.

Input tokens include those of the cache, output tokens those of reasoning
[open-telemetry/semantic-conventions-genai: docs/gen-ai/gen-ai-token-metrics.md; older spellings: semantic-conventions
1.25 to 1.36, traceloop/openllmetry].
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from gatemeter.lenient.fields import Fields, label_of, stored_label
from gatemeter.lenient.numbers import exact_number
from gatemeter.llm.call import LlmCall, context_above, provider_name
from gatemeter.llm.counting_rules import CountedBy, Version
from gatemeter.llm.modifiers import may_be_refused, modifiers_text, priced_tier
from gatemeter.llm.outcome import Statuses, evidence_of_answer, outcome_of
from gatemeter.llm.provider_hosts import modifiers_of_host
from gatemeter.llm.provider_usage import read_usage
from gatemeter.llm.used_tokens import UNTOLD_TIER, used_tokens

_USAGE = "gen_ai.usage."
_MODELS = ("gen_ai.request.model", "gen_ai.response.model")
_PREFIX, _CALL_EVENTS = "gen_ai.", "gen_ai.client.inference."
_MODEL_OPERATIONS = frozenset({"", "chat", "text_completion", "generate_content", "embeddings"})
"""Others (`invoke_agent`, `execute_tool`) repeat the tokens of the calls within them."""

_SPELLINGS = {
    ("prompt_tokens",): ("input_tokens", "prompt_tokens"),
    ("completion_tokens",): ("output_tokens", "completion_tokens"),
    ("total_tokens",): ("total_tokens",),
    ("prompt_tokens_details", "cached_tokens"): (
        *("cache_read.input_tokens", "cache_read_input_tokens", "cached_tokens", "cached_input_tokens"),
        *("input_tokens.cached", "details.cache_read_tokens", "details.cached_tokens"),
    ),
    ("prompt_tokens_details", "cache_creation_tokens"): (
        *("cache_write.input_tokens", "cache_creation.input_tokens", "cache_creation_input_tokens"),
        *("cache_write_input_tokens", "input_tokens.cache_write", "details.cache_write_tokens"),
    ),
    ("completion_tokens_details", "reasoning_tokens"): (
        *("reasoning.output_tokens", "reasoning_tokens", "reasoning_output_tokens"),
        *("output_tokens.reasoning", "details.reasoning_tokens"),
    ),
    ("prompt_tokens_details", "audio_tokens"): ("audio.input_tokens", "details.input_audio_tokens"),
    ("completion_tokens_details", "audio_tokens"): ("audio.output_tokens", "details.output_audio_tokens"),
}
"""Where a count stands in a usage object of OpenAI's form, and what follows `gen_ai.usage.` in its attributes."""

_COSTS = ("cost", "total_cost", "cost.total")
_KNOWN = {spelling for spellings in _SPELLINGS.values() for spelling in spellings} | set(_COSTS)
_SERVED_TIERS = ("openai.response.service_tier", "gen_ai.openai.response.service_tier")
_ASKED_TIERS = ("openai.request.service_tier", "gen_ai.openai.request.service_tier")
_HOST = "server.address"
_OTHERS = (
    *("gen_ai.provider.name", "gen_ai.system", "gen_ai.operation.name", "gen_ai.request.stream"),
    *("gen_ai.cache.status", "kong.gen_ai.cache.status", "error.type"),
)
_READ = frozenset({*_MODELS, *_SERVED_TIERS, *_ASKED_TIERS, *_OTHERS, _HOST, "event.name"})
_OF_PROVIDER_NAMES: Version = (1, 37, 0, 0)
"""Semantic conventions with `gen_ai.provider.name` in place of `gen_ai.system`; earlier ones leave the cache open."""

_ANSWERED, _FAILED = 200, 500


def tells_of_call(event_name: str) -> bool:
    """Whether a record with this name may tell of a call: others with it tell of its messages, choices and marks.

    [open-telemetry/semantic-conventions-genai: docs/gen-ai/gen-ai-events.md; semantic-conventions 1.28 to 1.36]
    """
    return not event_name.startswith(_PREFIX) or event_name.startswith(_CALL_EVENTS)


def read_gen_ai_call(values: Mapping[str, Any], status: int | None, ignored_fields: list[str]) -> LlmCall | None:
    """The call in attributes by name; None if they are about none. `status` is the client's, if there is one."""
    attributes = Fields(values, "attributes", ignored_fields)
    if not any(name in values for name in _MODELS) and not any(name.startswith(_USAGE) for name in values):
        return None
    if attributes.text("gen_ai.operation.name").lower() not in _MODEL_OPERATIONS:
        return None
    provider = provider_name(attributes.label("gen_ai.provider.name", "gen_ai.system"))
    request_model, response_model = (attributes.label(f"gen_ai.{side}.model") for side in ("request", "response"))
    version = _OF_PROVIDER_NAMES if values.get("gen_ai.provider.name") else ()
    used = used_tokens(
        read_usage(Fields(_usage_object(values), "gen_ai.usage", ignored_fields)),
        None,
        counted_by=CountedBy("opentelemetry", version, provider, response_model or request_model),
        is_stream=_is_stream(values),
    )
    cache_status = attributes.label("gen_ai.cache.status", "kong.gen_ai.cache.status").lower()
    statuses = Statuses(status if status is not None else _status_of_answer(values))
    has_completion = bool(used.completion)
    tier = _tier(attributes)
    unknown = (*used.unknown, UNTOLD_TIER) if tier.is_only_asked_for else used.unknown
    outcome = outcome_of(statuses, cache_status, provider=provider, has_answer=has_completion or None)
    return LlmCall(
        outcome=outcome,
        tokens_evidence=evidence_of_answer(used.evidence, outcome, statuses, has_completion=has_completion),
        provider=provider,
        request_model=request_model,
        response_model=response_model,
        cache_status=cache_status,
        service_tier=label_of(tier.name),
        modifiers=_modifiers(attributes, provider, request_model or response_model, status),
        unknown_units=",".join(label_of(name.replace(",", " ")) for name in unknown),
        counting_rule=used.rule,
        client_status=status,
        prompt_tokens=used.prompt,
        completion_tokens=used.completion,
        total_tokens=used.total,
        units=used.units,
        context_above_tokens=context_above(used.context_tokens),
        cost_reported_yoctos=attributes.yoctos(*(f"{_USAGE}{name}" for name in _COSTS)) or None,
    )


class _Tier(NamedTuple):
    """A service tier; `is_only_asked_for` where providers may have served another one."""

    name: str
    is_only_asked_for: bool


def _tier(attributes: Fields) -> _Tier:
    served = attributes.text(*_SERVED_TIERS)
    tier = priced_tier(served or attributes.text(*_ASKED_TIERS))
    return _Tier(tier, not served and may_be_refused(tier))


def _modifiers(attributes: Fields, provider: str, model: str, status: int | None) -> str:
    """What the host tells that was called.

    A client tells that of the provider, even where another server is between them [open-telemetry/semantic-conventions:
    docs/general/attributes.md, server.address]. A record with a status of HTTP is of a request to a gateway, whose
    `server.address` is the gateway's own [docs/http/http-spans.md, HTTP server].
    """
    host = attributes.text(_HOST) if status is None else ""
    return stored_label(modifiers_text(dict(modifiers_of_host(provider, model, host))))


def is_gen_ai_attribute(name: str) -> bool:
    """Whether the attribute is read."""
    return name in _READ or name.startswith(_USAGE)


def is_gen_ai_group(name: str) -> bool:
    """Whether attributes that are read may stand in an object of this name."""
    beginning = f"{name}."
    return beginning.startswith(_USAGE) or any(each.startswith(beginning) for each in _READ)


def _usage_object(values: Mapping[str, Any]) -> dict[str, Any]:
    """The counts in OpenAI's form, and those that are not known under their own names."""
    usage: dict[str, Any] = {}
    for place, spellings in _SPELLINGS.items():
        value = next((found for each in spellings if (found := values.get(_USAGE + each)) is not None), None)
        if value is not None:
            *parents, name = place
            members = usage.setdefault(parents[0], {}) if parents else usage
            members[name] = value
    names = [name.removeprefix(_USAGE) for name in values if name.startswith(_USAGE)]
    usage.update({f"gen_ai {name}": values[_USAGE + name] for name in names if name not in _KNOWN})
    return usage


def _is_stream(values: Mapping[str, Any]) -> bool | None:
    told = values.get("gen_ai.request.stream")
    return told if isinstance(told, bool) else None


def _status_of_answer(values: Mapping[str, Any]) -> int:
    """A status in place of the one that is not told: a call without an error was answered."""
    error = values.get("error.type")
    if not error:
        return _ANSWERED
    number = exact_number(error)
    return int(number) if number is not None and _ANSWERED <= number < 2 * _FAILED else _FAILED
