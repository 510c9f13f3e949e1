"""A call to a model by the paths of a mapping."""

from typing import Any

from gatemeter.formats.field_mapping.model import FieldMapping, ModelCall
from gatemeter.formats.field_mapping.values import Values
from gatemeter.lenient.fields import Fields, label_of
from gatemeter.lenient.numbers import rounded_count
from gatemeter.llm.call import LlmCall, context_above, provider_name
from gatemeter.llm.counting_rules import CountedBy
from gatemeter.llm.modifiers import modifiers_text
from gatemeter.llm.outcome import Statuses, evidence_of_answer, outcome_of
from gatemeter.llm.provider_hosts import modifiers_of_host
from gatemeter.llm.provider_usage import read_usage
from gatemeter.llm.token_counts import TokenCounts
from gatemeter.llm.used_tokens import used_tokens

_HITS = ("true", "hit", "1")
_SHAPE = "openai-chat"
"""What counts that the gateway wrote are named like, whoever the provider is."""
_DETAILS = ("cached", "reasoning")


def read_model_call(
    mapping: FieldMapping, values: Values, status: int | None, upstream_status: int | None
) -> LlmCall | None:
    """The call that the document tells of; None if it names neither a model nor tokens. Raises RejectedEvent."""
    fields = mapping.model_call or ModelCall()
    request_model, response_model = values.text(fields.request_model), values.text(fields.response_model)
    counts = _counts(fields, values)
    if not (request_model or response_model) and counts == (TokenCounts(shape=_SHAPE),):
        return None
    provider = provider_name(label_of(values.text(fields.provider)))
    counted_by = CountedBy(mapping.name.partition("@")[0], (), provider, response_model or request_model)
    used = used_tokens(counts, None, counted_by=counted_by, is_stream=None)
    cache_status = "hit" if _is_hit(fields, values) else ""
    statuses = Statuses(status, upstream_status)
    outcome = outcome_of(statuses, cache_status, provider=provider, has_answer=bool(used.completion) or None)
    cost = values.yoctos(fields.cost) or None
    return LlmCall(
        outcome=outcome,
        tokens_evidence=evidence_of_answer(used.evidence, outcome, statuses, has_completion=bool(used.completion)),
        provider=provider,
        request_model=label_of(request_model),
        response_model=label_of(response_model),
        cache_status=cache_status,
        modifiers=modifiers_text(dict(modifiers_of_host(provider, request_model or response_model, ""))),
        unknown_units=",".join(label_of(name.replace(",", " ")) for name in used.unknown),
        counting_rule=used.rule,
        client_status=status,
        provider_status=upstream_status,
        prompt_tokens=used.prompt,
        completion_tokens=used.completion,
        total_tokens=used.total,
        units=used.units,
        context_above_tokens=context_above(used.context_tokens),
        cost_reported_yoctos=cost,
        cost_reported_currency=fields.currency if cost else "",
    )


def _counts(fields: ModelCall, values: Values) -> tuple[TokenCounts, ...]:
    found = values.first(fields.usage)
    if found is not None and isinstance(found[1], dict):
        return read_usage(Fields(found[1], found[0].text, values.ignored_fields))
    paths_of = {
        "prompt": fields.prompt_tokens,
        "completion": fields.completion_tokens,
        "total": fields.total_tokens,
        "cached": fields.cached_tokens,
        "reasoning": fields.reasoning_tokens,
    }
    numbers = {role: values.token_number(paths) for role, paths in paths_of.items()}
    counts = {role: rounded_count(number) for role, number in numbers.items() if number is not None}
    return (
        TokenCounts(
            prompt=counts.get("prompt"),
            completion=counts.get("completion"),
            total=counts.get("total"),
            cached=counts.get("cached"),
            reasoning=counts.get("reasoning"),
            shape=_SHAPE,
            has_details=not counts.keys().isdisjoint(_DETAILS),
            has_fractions=any(counts[role] != numbers[role] for role in counts),
            has_unusable=any(values.first(paths_of[role]) for role in paths_of.keys() - counts.keys()),
        ),
    )


def _is_hit(fields: ModelCall, values: Values) -> bool:
    found: Any = values.first(fields.cache_hit)
    return found is not None and str(found[1]).lower() in _HITS
