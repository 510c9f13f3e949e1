"""LLM usage in CloudEvents: the two `kong.llm_request` events of a call to a model, and plain token events.

An event is about a whole call, about half of one, or about the tokens of one type. The event of the prompt counts the
call, all others complete it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from msgspec import structs

from gatemeter.formats.cloudevents.ambiguity import are_ambiguous, has_other_counts
from gatemeter.formats.cloudevents.api_request import STATUS_FIELDS, plain_status
from gatemeter.formats.cloudevents.token_types import Side, token_type
from gatemeter.formats.cloudevents.values import has_value, token_count
from gatemeter.formats.upstream_status import upstream_status
from gatemeter.lenient.fields import Fields, stored_label
from gatemeter.lenient.http_values import http_status
from gatemeter.lenient.numbers import INT64_MAX
from gatemeter.llm.call import LlmCall, TokensEvidence, context_above, provider_name
from gatemeter.llm.counting_rules import CountedBy
from gatemeter.llm.modifiers import SERVICE_TIER, modifiers_text, told_modifiers
from gatemeter.llm.outcome import Statuses, evidence_of_answer, outcome_of
from gatemeter.llm.provider_hosts import modifiers_of_host

TOKEN_FIELDS = ("tokens", "prompt_tokens", "completion_tokens", "input_tokens", "output_tokens", "total_tokens")
MODEL_FIELDS = ("model", "request_model", "response_model")

_TOKEN_FIELDS = frozenset(TOKEN_FIELDS)
_ANSWERED = 200
PLUGIN_PREFIX = "kong."
"""What the types of the plugin's events begin with: the gateway that wrote them, as counting rules call it."""


@dataclass(frozen=True, slots=True)
class EventTokens:
    """Counts as sent, None where none was sent; without a total that was sent, `total` is the sum.

    Tokens of a type that is part of a half are in `total` and in `units`, or named in `unknown_unit`. `has_unusable`: a
    half was sent that is not a count, so the other one is not the whole call.
    """

    side: Side
    prompt: int | None
    completion: int | None
    total: int | None
    units: Mapping[str, int] = field(default_factory=dict)
    unknown_unit: str = ""
    is_part: bool = False
    has_unusable: bool = False
    has_more_counts: bool = False

    @property
    def only_completes(self) -> bool:
        """Whether the event only completes the call that another one counts."""
        return self.is_part or (self.side is Side.COMPLETION and self.prompt is None)

    @property
    def is_half(self) -> bool:
        """Whether the event tells the prompt or the completion alone, as its type says."""
        return self.side is not Side.UNKNOWN and None in (self.prompt, self.completion)

    @property
    def has_completion(self) -> bool:
        """Whether tokens were counted that only an answer has."""
        return bool(self.completion or self.units.get("reasoning_tokens"))

    @property
    def evidence(self) -> TokensEvidence:
        """MISSING if the total exceeds the known half: the other half has an unknown price.

        AMBIGUOUS where a count may be inside of another one: of a part, beside further counts, or below a total. No
        call has a prompt of 0 tokens, and nobody knows whether an answer of 0 was counted.
        """
        if self.is_part:
            return TokensEvidence.AMBIGUOUS if self.units else TokensEvidence.MISSING
        if not self.prompt and not self.completion:
            return TokensEvidence.MISSING if self.completion is None or self.prompt == 0 else TokensEvidence.AMBIGUOUS
        known = _sum(self.prompt, self.completion)
        if self.has_unusable:
            return TokensEvidence.INCONSISTENT
        if self.total is None or self.total < known:
            return TokensEvidence.INCONSISTENT
        is_complete = self.side is not Side.UNKNOWN or None not in (self.prompt, self.completion)
        if not is_complete and self.total != known:
            return TokensEvidence.MISSING
        has_rest = None not in (self.prompt, self.completion) and self.total > known
        return TokensEvidence.AMBIGUOUS if self.has_more_counts or has_rest else TokensEvidence.REPORTED


def plugin_tokens(data: Fields) -> EventTokens:
    """`tokens` of Kong's plugin: prompt or completion tokens, as `data.type` says."""
    return _typed(data, token_count(data, "tokens"))


def plain_tokens(data: Fields) -> EventTokens:
    """`data.type` says what `tokens` are, unless the event names prompt or completion tokens as such."""
    prompt = token_count(data, "prompt_tokens", "input_tokens")
    completion = token_count(data, "completion_tokens", "output_tokens")
    total, tokens = token_count(data, "total_tokens"), token_count(data, "tokens")
    if prompt is None and completion is None:
        typed = _typed(data, tokens)
        return replace(typed, total=total) if total and not typed.is_part else typed
    total = _total(total or tokens, prompt, completion)
    counts = EventTokens(token_type(data).side, prompt, completion, total, has_more_counts=_has_more_counts(data))
    is_prompt_unusable = prompt is None and has_value(data, "prompt_tokens", "input_tokens")
    is_completion_unusable = completion is None and has_value(data, "completion_tokens", "output_tokens")
    return replace(counts, has_unusable=is_prompt_unusable or is_completion_unusable)


def _has_more_counts(data: Fields) -> bool:
    return has_other_counts(data.values, _TOKEN_FIELDS)


def _typed(data: Fields, tokens: int | None) -> EventTokens:
    """`tokens` by the type of the event. A total is not added to the parts that other events count."""
    kind = token_type(data)
    if kind.is_part and tokens is not None:
        units = {kind.unit: tokens} if kind.unit else {}
        total = None if kind.name == "total" else tokens
        return EventTokens(kind.side, None, None, total, units, kind.unknown_unit, is_part=True)
    prompt = tokens if kind.side is Side.PROMPT else None
    completion = tokens if kind.side is Side.COMPLETION else None
    return EventTokens(kind.side, prompt, completion, tokens, has_more_counts=_has_more_counts(data))


def _total(sent: int | None, prompt: int | None, completion: int | None) -> int | None:
    """The total as sent, or the sum if none or 0 was sent; None if the sum is more than can be stored."""
    known = _sum(prompt, completion)
    return sent or (known if known <= INT64_MAX else None)


def _sum(prompt: int | None, completion: int | None) -> int:
    return (prompt or 0) + (completion or 0)


def plugin_llm_call(data: Fields) -> LlmCall:
    """One half of a call, by the fields of Kong's metering-and-billing plugin. Raises RejectedEvent.

    The event of the request counts the call; the event of the response (`calls` 0) adds what was answered, and so do
    events of other types. How large the context was, only the event of the request says.
    """
    tokens, model = plugin_tokens(data), data.label("model")
    models = ("", model) if tokens.only_completes and not tokens.is_part else (model, "")
    return _call(data, tokens, models, http_status(data, "http_status"), gateway=PLUGIN_PREFIX.removesuffix("."))


def plain_llm_call(data: Fields) -> LlmCall:
    """A whole call, or half of one where `data.type` says so. Raises RejectedEvent.

    Senders write such an event once they have an answer, so without any status the provider answered; what status the
    client got is not known then.
    """
    tokens = plain_tokens(data)
    models = _plain_models(data, tokens)
    if has_value(data, *STATUS_FIELDS):
        return _call(data, tokens, models, plain_status(data))
    return structs.replace(_call(data, tokens, models, _ANSWERED), client_status=None)


def _plain_models(data: Fields, tokens: EventTokens) -> tuple[str, str]:
    """Requested and answering model; `model` is the model of the half that the event is about."""
    model, request_model, response_model = (data.label(name) for name in MODEL_FIELDS)
    if tokens.only_completes and not tokens.is_part:
        return request_model, response_model or model
    return request_model or model, response_model


def _call(data: Fields, tokens: EventTokens, models: tuple[str, str], status: int | None, gateway: str = "") -> LlmCall:
    evidence, cache_status = tokens.evidence, data.label("cache_status").lower()
    provider, statuses = provider_name(data.label("provider")), Statuses(status, upstream_status(data.values))
    modifiers = dict(modifiers_of_host(provider, models[0] or models[1], "")) | told_modifiers(data.values)
    counted_by = CountedBy(gateway, (), provider, models[1] or models[0])
    if evidence is TokensEvidence.REPORTED and are_ambiguous(
        tokens.prompt, tokens.completion, counted_by, is_half=tokens.is_half
    ):
        evidence = TokensEvidence.AMBIGUOUS
    has_completion = tokens.has_completion
    outcome = outcome_of(statuses, cache_status, provider=provider, has_answer=has_completion or None)
    is_priced = evidence in (TokensEvidence.REPORTED, TokensEvidence.AMBIGUOUS)
    if evidence is TokensEvidence.REPORTED and tokens.only_completes:
        evidence = TokensEvidence.CONTEXT_UNKNOWN
    return LlmCall(
        outcome=outcome,
        tokens_evidence=evidence_of_answer(evidence, outcome, statuses, has_completion=has_completion),
        plugin_name=data.label("ai_plugin_name"),
        plugin_id=data.label("ai_plugin_id"),
        provider=provider,
        request_model=models[0],
        response_model=models[1],
        cache_status=cache_status,
        service_tier=stored_label(modifiers.pop(SERVICE_TIER, "")),
        modifiers=stored_label(modifiers_text(modifiers)),
        calls=0 if tokens.only_completes else 1,
        prompt_tokens=tokens.prompt,
        completion_tokens=tokens.completion,
        total_tokens=tokens.total,
        units={**_units(tokens), **tokens.units} if is_priced else tokens.units,
        unknown_units=tokens.unknown_unit,
        client_status=status,
        provider_status=statuses.provider,
        context_above_tokens=context_above(tokens.prompt or 0),
    )


def _units(tokens: EventTokens) -> dict[str, int]:
    counts = {"fresh_input_tokens": tokens.prompt, "plain_output_tokens": tokens.completion}
    return {name: count for name, count in counts.items() if count is not None}
