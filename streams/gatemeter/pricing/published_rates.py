"""The rates of one price of `genai-prices` as rates of a price book.

The package counts a token in every unit that it belongs to, and prices it by the most specific one that has a price.
gatemeter's units share nothing, so a rate of a book is the package's most specific price for it. A general price of the
package also covers kinds of tokens that nobody has thought of; a book names only what the package names:

- `input_mtok` is the rate of text. Where the package has a price of its own for audio and none for images, the general
  price is that of text, images and video (so Google publishes it), and is written for them.
- `cache_write_mtok` is the rate of writes for five minutes, never of those for an hour.
"""

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any

from gatemeter.llm.call import CONTEXT_THRESHOLDS

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice

_RATE_KEYS: Mapping[str, tuple[str, ...]] = {
    "input": ("input_text_mtok", "input_mtok"),
    "output": ("output_text_mtok", "output_mtok"),
    "cache_read": ("cache_text_read_mtok", "cache_read_mtok"),
    "cache_write": ("cache_text_write_5m_mtok", "cache_write_5m_mtok", "cache_text_write_mtok", "cache_write_mtok"),
    "cache_write_1h": ("cache_text_write_1h_mtok", "cache_write_1h_mtok"),
    "reasoning": ("output_text_reasoning_mtok", "output_reasoning_mtok"),
    "audio_input": ("input_audio_mtok",),
    "audio_cache_read": ("cache_audio_read_mtok",),
    "audio_output": ("output_audio_mtok",),
    "image_input": ("input_image_mtok",),
    "image_cache_read": ("cache_image_read_mtok",),
    "image_output": ("output_image_mtok",),
    "video_input": ("input_video_mtok",),
    "video_cache_read": ("cache_video_read_mtok",),
    "video_output": ("output_video_mtok",),
    "citation": ("output_text_citation_mtok", "output_citation_mtok"),
    "per_call": ("requests_kcount",),
    "per_web_search": ("web_searches_kcount",),
    "per_social_search": ("social_searches_kcount",),
    "per_file_search": ("storage_searches_kcount",),
    "per_rerank_search": ("rerank_searches_kcount",),
    "per_code_execution": ("code_executions_kcount",),
    "per_page": ("input_document_kpages",),
    "per_annotated_page": ("input_annotated_document_kpages",),
    "per_character": ("input_mchars",),
    "per_audio_input_hour": ("input_audio_hours", "audio_hours"),
    "per_audio_output_hour": ("output_audio_hours",),
}
"""Rates of a book and the keys of the package for them (`genai_prices.units`), the most specific first."""

_KNOWN_KEYS = frozenset(key for keys in _RATE_KEYS.values() for key in keys)
_ONE_OF_MANY = {"kcount": 10**3, "kpages": 10**3, "mchars": 10**6}
"""What the package prices by the thousand or million, and a book by the piece."""

_COVERED_BY_TEXT = {
    "image_input": "input",
    "video_input": "input",
    "image_cache_read": "cache_read",
    "video_cache_read": "cache_read",
}
_NOISE_DIGITS = 15
_SIGNAL_DIGITS = 9
_WORKING_DIGITS = 12


def rate_fields(price: "ModelPrice") -> dict[str, Any] | None:
    """A price of `genai-prices` as fields of `DatedRates`; None if it has no usable one.

    It has none if all are 0 (the package does not keep free of charge and unknown apart), or if it changes at a context
    that is not a threshold of usage.
    """
    given = {key: value for key, value in vars(price).items() if value is not None}
    starts = sorted({tier.start for value in given.values() for tier in getattr(value, "tiers", ())})
    base = _rates_above(given, None)
    if not any(base.values()) or any(start not in CONTEXT_THRESHOLDS for start in starts):
        return None
    context = [{"above": start, **_rates_above(given, start)} for start in starts]
    return base | ({"context": context} if context else {})


def missing_texts(price: "ModelPrice") -> Iterator[str]:
    """What of a price of `genai-prices` no rate of a book can say, in words."""
    given = {key for key, value in vars(price).items() if value is not None}
    yield from (
        f"genai-prices has a price {key}, and no unit of usage is for it" for key in sorted(given - _KNOWN_KEYS)
    )
    if "audio_hours" in given and "input_audio_hours" not in given:
        yield "genai-prices has a price for an hour of audio, and does not say whether of input or of output"


def _rates_above(given: Mapping[str, Any], start: int | None) -> dict[str, Decimal]:
    """The rates for calls with more than `start` tokens; None = for the smallest contexts."""
    rates = {}
    for rate, keys in _RATE_KEYS.items():
        key = next((key for key in keys if key in given), None)
        if key is not None:
            rates[rate] = _above(given[key], start) / _ONE_OF_MANY.get(key.rpartition("_")[2], 1)
    if "audio_input" in rates and "image_input" not in rates:
        rates |= {rate: rates[text] for rate, text in _COVERED_BY_TEXT.items() if rate not in rates and text in rates}
    return rates


def _above(value: Any, start: int | None) -> Decimal:
    price = getattr(value, "base", value)
    for tier in getattr(value, "tiers", ()):
        if start is not None and tier.start <= start:
            price = tier.price
    return without_noise(price)


def without_noise(price: Decimal) -> Decimal:
    """`price` without the traces of binary arithmetic: 0.07500000000000001 is 0.075.

    A price is changed only if it has as many digits as a binary number needs, and few digits are left when it is
    rounded to twelve.
    """
    if len(price.as_tuple().digits) < _NOISE_DIGITS:
        return price
    rounded = Context(prec=_WORKING_DIGITS, rounding=ROUND_HALF_EVEN).plus(price).normalize()
    return rounded if len(rounded.as_tuple().digits) <= _SIGNAL_DIGITS else price
