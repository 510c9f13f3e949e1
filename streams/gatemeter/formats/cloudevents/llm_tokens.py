"""The tokens of an LLM usage event, which is about a whole call or about half of one."""

from dataclasses import dataclass, replace
from enum import Enum, auto

from gatemeter.formats.cloudevents.values import token_count
from gatemeter.lenient.fields import Fields
from gatemeter.lenient.numbers import INT64_MAX
from gatemeter.llm.call import TokensEvidence

TOKEN_FIELDS = ("tokens", "prompt_tokens", "completion_tokens", "input_tokens", "output_tokens", "total_tokens")


class Side(Enum):
    """Which half of a call an event is about, by `data.type`."""

    PROMPT = auto()
    COMPLETION = auto()
    UNKNOWN = auto()


_SIDES = {
    **dict.fromkeys(("request", "input", "prompt"), Side.PROMPT),
    **dict.fromkeys(("response", "output", "completion"), Side.COMPLETION),
}


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
