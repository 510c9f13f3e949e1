"""A published set of prices as fields of ours."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any

from gatemeter.streams.llm.context_borders import CONTEXT_BORDERS

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice

_RATE_NAMES = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "output_reasoning_mtok": "reasoning",
    "input_audio_mtok": "audio_input",
    "output_audio_mtok": "audio_output",
}
_PER_THOUSAND_CALLS = "requests_kcount"
_NOISE_DIGITS = 15
_SIGNAL_DIGITS = 9
_WORKING_DIGITS = 12


def rate_fields(price: "ModelPrice") -> dict[str, Any] | None:
    """The fields of `DatedRates` for a price of `genai-prices`, None if it has none per token.

    Prices per search, hour, page or image are left out: no log says how many there were.
    """
    published = {ours: value for theirs, ours in _RATE_NAMES.items() if (value := vars(price).get(theirs)) is not None}
    starts = sorted({tier.start for value in published.values() for tier in getattr(value, "tiers", ())})
    base = {name: _above(value, None) for name, value in published.items()}
    if not any(base.values()) or any(start not in CONTEXT_BORDERS for start in starts):
        return None
    per_call = vars(price).get(_PER_THOUSAND_CALLS)
    fixed = {"per_call": without_noise(_above(per_call, None)) / 1000} if per_call is not None else {}
    context = [
        {"above": start, **{name: _above(value, start) for name, value in published.items()}, **fixed}
        for start in starts
    ]
    return base | fixed | ({"context": context} if context else {})


def _above(value: Any, start: int | None) -> Decimal:
    """The price of a class for calls with more than `start` tokens, None = with the fewest."""
    price = getattr(value, "base", value)
    for tier in getattr(value, "tiers", ()):
        if start is not None and tier.start <= start:
            price = tier.price
    return without_noise(price)


def without_noise(price: Decimal) -> Decimal:
    """`price` without the traces of binary arithmetic: 0.07500000000000001 is 0.075.

    Only what has as many digits as a binary number needs, and is a number of few digits up to its twelfth, is taken
    for noise.
    """
    if len(price.as_tuple().digits) < _NOISE_DIGITS:
        return price
    rounded = Context(prec=_WORKING_DIGITS, rounding=ROUND_HALF_EVEN).plus(price).normalize()
    return rounded if len(rounded.as_tuple().digits) <= _SIGNAL_DIGITS else price
