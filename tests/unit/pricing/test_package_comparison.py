"""Costs by the imported book against the calculation of `genai-prices` itself.

Over 200 drawn usages. A difference is one of those that docs/pricing.md explains, or a fault.
"""

import functools
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from genai_prices.types import Usage

from gatemeter.money import yoctos_from_decimal
from gatemeter.pricing.cost import CostEvidence, LlmCost, price_usage
from gatemeter.pricing.price_table import PriceTable
from tests.support.drawn_usages import AT, DrawnUsage, drawn_usages
from tests.support.packaged_prices import published_book

_INPUT = {
    "fresh_input_tokens": (),
    "cached_tokens": ("cache_read_tokens",),
    "cache_write_tokens": ("cache_write_tokens",),
    "cache_write_1h_tokens": ("cache_write_tokens", "cache_write_1h_tokens"),
    "audio_input_tokens": ("input_audio_tokens",),
    "cached_audio_tokens": ("cache_read_tokens", "input_audio_tokens", "cache_audio_read_tokens"),
    "image_input_tokens": ("input_image_tokens",),
    "video_input_tokens": ("input_video_tokens",),
}
_OUTPUT = {
    "plain_output_tokens": (),
    "reasoning_tokens": ("output_reasoning_tokens",),
    "audio_output_tokens": ("output_audio_tokens",),
    "image_output_tokens": ("output_image_tokens",),
}
_OTHER = {"web_searches": "web_searches", "pages": "input_document_pages", "characters": "input_characters"}
"""Units of gatemeter, which share nothing, and the units of the package that count the same tokens too."""


def package_usage(counts: Mapping[str, int]) -> Usage:
    """The counts as the package wants them: totals, with the parts counted in them too."""
    totals: Counter[str] = Counter()
    for name, count in counts.items():
        if name in _OTHER:
            totals[_OTHER[name]] += count
        else:
            totals["input_tokens" if name in _INPUT else "output_tokens"] += count
            totals.update(dict.fromkeys(_INPUT.get(name) or _OUTPUT.get(name) or (), count))
    return Usage(**{name: totals[name] for name in _ALL_THEIR_NAMES})


_ALL_THEIR_NAMES = sorted(
    {"input_tokens", "output_tokens"}
    | {name for names in (*_INPUT.values(), *_OUTPUT.values()) for name in names}
    | set(_OTHER.values())
)


def ours(case: DrawnUsage, prices: PriceTable) -> LlmCost:
    return price_usage(case.priced_usage(), prices)


def theirs(case: DrawnUsage) -> Decimal:
    context = {"processing": case.tier} if case.tier else None
    priced = case.model.calc_price(
        package_usage(case.counts), case.provider, genai_request_timestamp=AT, price_context=context
    )
    return priced.total_price


@functools.cache
def differences() -> list[tuple[DrawnUsage, LlmCost, Decimal]]:
    prices = PriceTable.from_books([published_book()])
    priced = [(case, ours(case, prices), theirs(case)) for case in drawn_usages()]
    return [
        (case, cost, amount)
        for case, cost, amount in priced
        if cost.cost_computed_yoctos != yoctos_from_decimal(round(amount, 24))
    ]


def test_a_cost_differs_from_the_packages_only_where_it_is_unpriced() -> None:
    found = differences()
    assert len(found) == 32
    for case, cost, amount in found:
        place = (case.provider.id, case.model.id, case.counts, case.tier, amount)
        assert cost.evidence is CostEvidence.UNPRICED, place
        assert "has no price for" in cost.gaps[0].text, place


def test_what_is_unpriced_has_no_price_in_the_package_either() -> None:
    """The package takes the general price, or none, for tokens without a price of their own."""
    for case, cost, _ in differences():
        named = {key for key, value in vars(case.model.get_prices(AT)).items() if value is not None}
        missing = cost.gaps[0].text.partition("has no price for ")[2].split(" and ")
        assert missing
        assert not named & {_THEIR_PRICES[rate] for rate in missing}, (case.model.id, missing)


_THEIR_PRICES = {
    "output": "output_mtok",
    "reasoning": "output_reasoning_mtok",
    "cache_write": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "audio_input": "input_audio_mtok",
    "audio_cache_read": "cache_audio_read_mtok",
    "audio_output": "output_audio_mtok",
    "image_output": "output_image_mtok",
}
