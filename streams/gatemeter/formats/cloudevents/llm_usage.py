"""LLM usage in CloudEvents: the two `kong.llm_request` events of a call to a model, and plain token events.

An event is about a whole call or about half of one.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto

from msgspec import structs

from gatemeter.formats.cloudevents.api_request import STATUS_FIELDS, plain_status
from gatemeter.formats.cloudevents.values import has_value, http_status, token_count
from gatemeter.formats.upstream_status import upstream_status
from gatemeter.lenient.fields import Fields
from gatemeter.lenient.numbers import INT64_MAX
from gatemeter.llm.call import LlmCall, TokensEvidence, context_above, provider_name
from gatemeter.llm.outcome import Statuses, evidence_of_answer, outcome_of

TOKEN_FIELDS = ("tokens", "prompt_tokens", "completion_tokens", "input_tokens", "output_tokens", "total_tokens")
MODEL_FIELDS = ("model", "request_model", "response_model")

_ANSWERED = 200


class Side(Enum):
    """Which half of a call an event is about, by `data.type`."""

    PROMPT = auto()
    COMPLETION = auto()
    UNKNOWN = auto()


_SIDES = {
    **dict.fromkeys(("request", "input", "prompt"), Side.PROMPT),
    **dict.fromkeys(("response", "output", "completion"), Side.COMPLETION),
}
SIDE_NAMES = tuple(_SIDES)
"""The values of `data.type` that say which half of a call an event is about."""


@dataclass(frozen=True, slots=True)
class EventTokens:
    """Counts as sent, None where none was sent; without a total that was sent, `total` is the sum."""

    side: Side
    prompt: int | None
    completion: int | None
    total: int | None

    @property
    def is_answer(self) -> bool:
        """Whether the event only completes the call that another one counts."""
        return self.side is Side.COMPLETION and self.prompt is None

    @property
    def evidence(self) -> TokensEvidence:
        """MISSING if the total exceeds the known half: the other half has an unknown price."""
        if self.prompt is None and self.completion is None:
            return TokensEvidence.MISSING
        known = _sum(self.prompt, self.completion)
        if self.total is None or self.total < known:
            return TokensEvidence.INCONSISTENT
        is_complete = self.side is not Side.UNKNOWN or None not in (self.prompt, self.completion)
        return TokensEvidence.REPORTED if is_complete or self.total == known else TokensEvidence.MISSING


def plugin_tokens(data: Fields) -> EventTokens:
    """`tokens` of Kong's plugin: prompt or completion tokens, as `data.type` says."""
    return _half(_side(data), token_count(data, "tokens"))


def plain_tokens(data: Fields) -> EventTokens:
    """`data.type` says what `tokens` are, unless the event names prompt or completion tokens as such."""
    side = _side(data)
    prompt = token_count(data, "prompt_tokens", "input_tokens")
    completion = token_count(data, "completion_tokens", "output_tokens")
    total, tokens = token_count(data, "total_tokens"), token_count(data, "tokens")
    if prompt is None and completion is None:
        half = _half(side, tokens)
        return replace(half, total=total) if total else half
    return EventTokens(side, prompt, completion, _total(total or tokens, prompt, completion))


def _side(data: Fields) -> Side:
    return _SIDES.get(data.text("type").lower(), Side.UNKNOWN)


def _half(side: Side, tokens: int | None) -> EventTokens:
    prompt = tokens if side is Side.PROMPT else None
    completion = tokens if side is Side.COMPLETION else None
    return EventTokens(side, prompt, completion, tokens)


def _total(sent: int | None, prompt: int | None, completion: int | None) -> int | None:
    """The total as sent, or the sum if none or 0 was sent; None if the sum is more than can be stored."""
    known = _sum(prompt, completion)
    return sent or (known if known <= INT64_MAX else None)


def _sum(prompt: int | None, completion: int | None) -> int:
    return (prompt or 0) + (completion or 0)


def plugin_llm_call(data: Fields) -> LlmCall:
    """One half of a call, by the fields of Kong's metering-and-billing plugin. Raises RejectedEvent.

    The event of the request counts the call; the event of the response (`calls` 0) adds what was answered. How large
    the context was, only the event of the request says.
    """
    tokens, model = plugin_tokens(data), data.label("model")
    models = ("", model) if tokens.is_answer else (model, "")
    return _call(data, tokens, models, http_status(data, "http_status"))


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
    if tokens.is_answer:
        return request_model, response_model or model
    return request_model or model, response_model


def _call(data: Fields, tokens: EventTokens, models: tuple[str, str], status: int | None) -> LlmCall:
    evidence, cache_status = tokens.evidence, data.label("cache_status").lower()
    provider, statuses = provider_name(data.label("provider")), Statuses(status, upstream_status(data.values))
    has_completion = bool(tokens.completion)
    outcome = outcome_of(statuses, cache_status, provider=provider, has_answer=has_completion or None)
    is_priced = evidence is TokensEvidence.REPORTED
    if is_priced and tokens.is_answer:
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
        calls=0 if tokens.is_answer else 1,
        prompt_tokens=tokens.prompt,
        completion_tokens=tokens.completion,
        total_tokens=tokens.total,
        units=_units(tokens) if is_priced else {},
        client_status=status,
        provider_status=statuses.provider,
        context_above_tokens=context_above(tokens.prompt or 0),
    )


def _units(tokens: EventTokens) -> dict[str, int]:
    counts = {"fresh_input_tokens": tokens.prompt, "plain_output_tokens": tokens.completion}
    return {name: count for name, count in counts.items() if count is not None}
