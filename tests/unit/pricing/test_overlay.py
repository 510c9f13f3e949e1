"""The corrections of the generated prices: sources, doubts of single prices, and factors that models share."""

import re
import tomllib
from importlib import resources
from typing import Any

import pytest

from gatemeter.pricing.book_files import book_from_text, packaged_books, price_table, seed_book
from gatemeter.pricing.book_writer import book_text
from gatemeter.pricing.cost import LlmCost, price_usage
from gatemeter.pricing.price_book import PriceBook
from gatemeter.pricing.price_table import PriceTable
from tests.support.price_books import hour_s, table, usage, yoctos

_SOURCE = re.compile(r"https?://\S+\.\S+|[\w.-]+/[\w.-]+#\d+|genai-prices \d+\.\d+\.\d+")


def _overlay() -> PriceBook:
    text = resources.files("gatemeter.pricing").joinpath("overlay.toml").read_text(encoding="utf-8")
    return book_from_text(text, "overlay.toml")


_PARTS = [*_overlay().entries, *_overlay().modifiers]


@pytest.mark.parametrize("part", _PARTS, ids=lambda part: f"{part.provider} {getattr(part, 'model', '')}{part.name}")
def test_every_correction_names_a_public_source(part: Any) -> None:
    assert _SOURCE.search(part.source or ""), "write an address, owner/repository#issue, or a package and its version"


def test_no_correction_is_hidden_by_an_earlier_one() -> None:
    names = [(entry.provider, name.lower()) for entry in _overlay().entries for name in entry.all_names]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_shared_factors_name_entries_that_exist() -> None:
    entries = {(entry.provider, entry.model) for book in packaged_books() for entry in book.entries}
    named = {(each.provider, model) for each in _overlay().modifiers for model in each.models}
    assert named - entries == set()


def test_corrections_go_before_the_generated_prices() -> None:
    tokens: dict[str, Any] = {"fresh_input_tokens": 10_000, "at": hour_s("2026-01-15T18:00")}
    generated = price_usage(usage("deepseek/deepseek-chat", **tokens), PriceTable.from_books([seed_book()]))
    corrected = price_usage(usage("deepseek/deepseek-chat", **tokens), price_table([]))
    assert generated.cost_computed_yoctos != corrected.cost_computed_yoctos == yoctos("0.0028")


_DOUBTS = """
[[entries]]
provider = "p"
model = "m"
prices = [
  {doubtful = "the day is not known", input = 2},
  {from = 2026-01-01, input = 1, context = {above = 128000, doubtful = "nobody says", input = 3}},
]
modifiers."speed=fast" = [
  {doubtful = "a discount", factor = 2},
  {from = 2026-01-01, factor = 3},
]
"""


def _cost(book: str, at: str, **others: Any) -> LlmCost:
    return price_usage(usage("p/m", at=hour_s(at), fresh_input_tokens=10**6, **others), table(book))


@pytest.mark.parametrize(
    ("at", "others", "gaps"),
    [
        ("2025-12-31T23:00", {}, ["the price is doubtful: the day is not known"]),
        ("2026-01-01T00:00", {}, []),
        ("2026-01-01T00:00", {"context_above_tokens": 128_000}, ["the price is doubtful: nobody says"]),
        ("2026-01-01T00:00", {"modifiers": "speed=fast"}, []),
        (
            "2025-12-31T23:00",
            {"modifiers": "speed=fast"},
            ["the price is doubtful: the day is not known", "the price is doubtful: a discount"],
        ),
    ],
)
def test_only_what_is_doubtful_becomes_an_estimate(at: str, others: dict[str, Any], gaps: list[str]) -> None:
    priced = _cost(_DOUBTS, at, **others)
    assert [gap.text for gap in priced.gaps] == gaps
    assert priced.evidence == ("estimated" if gaps else "computed")


def test_doubts_are_written_and_read_again() -> None:
    written = book_from_text('currency = "USD"\n' + _DOUBTS, "mine.toml")
    assert book_from_text(book_text(written), "again.toml") == written
    assert tomllib.loads(book_text(written))["entries"][0]["prices"][1]["context"][0]["doubtful"] == "nobody says"


_SHARED = """
[[modifiers]]
provider = "p"
name = "service_tier"
value = ["batch", "bulk"]
factors = {factor = 0.5}
[[entries]]
provider = "p"
model = "m"
prices = {input = 1}
service_tiers.batch = {from = 2026-10-14, input = 0.4}
"""


@pytest.mark.parametrize(
    ("at", "tier", "amount"),
    [
        ("2026-10-13T23:00", "batch", "0.5"),
        ("2026-10-14T00:00", "batch", "0.4"),
        ("2026-10-14T00:00", "bulk", "0.5"),
    ],
)
def test_a_shared_factor_counts_until_the_entrys_own_price_begins(at: str, tier: str, amount: str) -> None:
    priced = _cost(_SHARED, at, service_tier=tier)
    assert (priced.cost_computed_yoctos, priced.evidence) == (yoctos(amount), "computed")
