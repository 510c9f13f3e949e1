"""Costs by the imported book against the calculation of `genai-prices` itself.

200 usages are drawn with a fixed seed. A difference is one of those that docs/pricing.md explains, or a fault.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from genai_prices.data import providers as PUBLISHED  # noqa: N812 - a constant of the package
from genai_prices.types import ModelInfo, Provider, Usage

from gatemeter.llm.call import context_above
from gatemeter.money import yoctos_from_decimal
from gatemeter.pricing.cost import CostEvidence, LlmCost, price_usage
from gatemeter.pricing.price_table import PriceTable
from gatemeter.pricing.published_prices import PROVIDERS, published_book
from tests.support.price_books import usage

SEED = 20261128
COUNT = 200
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
TABLE = PriceTable.from_books([published_book()])

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


@dataclass(frozen=True)
class Case:
    provider: Provider
    model: ModelInfo
    counts: dict[str, int]
    tier: str


def cases() -> list[Case]:
    """Mostly text and caches, as traffic is; every fifth usage has other units."""
    rng = random.Random(SEED)
    models = [(each, model) for each in PUBLISHED if each.id in PROVIDERS for model in each.models]
    found = []
    for number in range(COUNT):
        provider, model = rng.choice(models)
        names = ["fresh_input_tokens", "plain_output_tokens"]
        names += [name for name in ("cached_tokens", "reasoning_tokens") if rng.random() < 0.5]
        if number % 5 == 0:
            names += rng.sample(sorted({*_INPUT, *_OUTPUT, *_OTHER} - set(names)), 2)
        counts = {name: rng.choice((1, 37, 1_000, 150_000, 300_000)) for name in names}
        found.append(Case(provider, model, counts, rng.choice(("", "", "batch"))))
    return found


def ours(case: Case) -> LlmCost:
    name = case.model.id
    for prefix in ("regional.", "global."):
        name = name.removeprefix(prefix) if case.provider.id == "aws" else name
    modifiers = "inference_profile=global" if case.model.id.startswith("global.") else ""
    tokens = sum(count for unit, count in case.counts.items() if unit in _INPUT)
    call = usage(
        f"{case.provider.id}/{name}",
        at=int(AT.timestamp()),
        service_tier=case.tier,
        modifiers=modifiers,
        context_above_tokens=context_above(tokens),
        **case.counts,  # type: ignore[arg-type]
    )
    return price_usage(call, TABLE)


def theirs(case: Case) -> Decimal:
    context = {"processing": case.tier} if case.tier else None
    priced = case.model.calc_price(
        package_usage(case.counts), case.provider, genai_request_timestamp=AT, price_context=context
    )
    return priced.total_price


def differences() -> list[tuple[Case, LlmCost, Decimal]]:
    priced = [(case, ours(case), theirs(case)) for case in cases()]
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
