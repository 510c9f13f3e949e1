"""Types of tokens in metering events: which part of a call an event counts.

Konnect's cost database has the types input (also: request), output (also: response), cache read, cache write and
reasoning, each with a price of its own (Kong/developer.konghq.com: app/metering-and-billing/cost-analytics.md), and its
catalog writes them `input`, `output`, `cache_read`, `reasoning` (product-catalog.md). agentgateway counts
`input_cache_read` and `input_cache_write` beside `input` and `output` (agentgateway/agentgateway#1144).
"""

from dataclasses import dataclass
from enum import Enum, auto

from gatemeter.lenient.fields import Fields, label_of

_SEPARATORS = str.maketrans("-. ,", "____")


class Side(Enum):
    """Which half of a call an event is about, by `data.type`."""

    PROMPT = auto()
    COMPLETION = auto()
    UNKNOWN = auto()


_SIDES = {
    **dict.fromkeys(("request", "input", "prompt"), Side.PROMPT),
    **dict.fromkeys(("response", "output", "completion"), Side.COMPLETION),
}
_PARTS = {
    **dict.fromkeys(("cache_read", "input_cache_read", "cached", "cached_input", "cache_hit"), "cached_tokens"),
    **dict.fromkeys(("cache_write", "input_cache_write", "cache_creation"), "cache_write_tokens"),
    **dict.fromkeys(("reasoning", "thinking", "thoughts"), "reasoning_tokens"),
}
_TOTAL = "total"
TYPE_NAMES = (*_SIDES, *_PARTS, _TOTAL)
"""The values of `data.type` that say which tokens an event is about."""


@dataclass(frozen=True, slots=True)
class TokenType:
    """`name` as sent, in lower case; '' if no type was sent. `unit` is what a part of a side counts, '' for others."""

    name: str

    @property
    def side(self) -> Side:
        """The half of a call whose count is sent, UNKNOWN for a part of a half and for anything else."""
        return _SIDES.get(self.name, Side.UNKNOWN)

    @property
    def unit(self) -> str:
        """The unit of `schema.units` that a part of a half is counted in; '' for a half and for unknown types."""
        return _PARTS.get(self.name, "")

    @property
    def is_part(self) -> bool:
        """Whether tokens of this type only complete a call: any type but the halves, known or not."""
        return bool(self.name) and self.name not in _SIDES

    @property
    def unknown_unit(self) -> str:
        """The name of a type that no unit counts. A total is one: it holds the parts that other events count."""
        return "" if not self.is_part or self.unit else label_of(self.name)


def token_type(data: Fields) -> TokenType:
    """The type in `type`, else in `token_type`."""
    return TokenType((data.text("type") or data.text("token_type")).lower().translate(_SEPARATORS))
