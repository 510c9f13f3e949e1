"""The names of published models become exact names of entries."""

from typing import Any

import pytest
from genai_prices.types import (
    ClauseAnd,
    ClauseContains,
    ClauseEndsWith,
    ClauseEquals,
    ClauseOr,
    ClauseRegex,
    ClauseStartsWith,
    ModelInfo,
)

from gatemeter.pricing.price_table import PriceTable
from tests.support.published_models import imported, lines, price


def names_of(clause: Any, model_id: str = "m", provider: str = "openai") -> tuple[str, tuple[str, ...]]:
    book = imported(ModelInfo(id=model_id, match=clause, prices=price(input_mtok="1")), provider=provider)
    [entry] = book.entries
    return entry.model, entry.names


@pytest.mark.parametrize(
    ("clause", "names"),
    [
        (ClauseEquals("Gpt-4.x"), ("gpt-4.x",)),
        (ClauseEquals("gpt-4-2025"), ("gpt-4-2025",)),
        (ClauseStartsWith("gpt-4-"), ("gpt-4",)),
        (ClauseStartsWith("claude-sonnet-4-2025"), ("claude-sonnet-4",)),
        (ClauseContains("claude-opus-4@"), ("claude-opus-4",)),
        (ClauseStartsWith("claude-opus-4-0"), ("claude-opus-4-0", "claude-opus-4")),
        (ClauseEndsWith("gpt"), ("gpt",)),
        (ClauseOr([ClauseEquals("a"), ClauseOr([ClauseEquals("b"), ClauseEquals("a")])]), ("a", "b")),
        (ClauseAnd([ClauseStartsWith("gpt-4"), ClauseRegex("^(?!.*-tts$)")]), ("gpt-4",)),
    ],
    ids=str,
)
def test_rules_for_many_names_become_names(clause: Any, names: tuple[str, ...]) -> None:
    assert names_of(clause) == ("m", names)


def test_a_name_that_only_begins_like_a_model_has_no_price() -> None:
    book = imported(ModelInfo(id="gpt-5", match=ClauseStartsWith("gpt-5"), prices=price(input_mtok="1")))
    prices = PriceTable.from_books([book])
    assert [prices.find("openai", [name], 0) is None for name in ("gpt-5", "gpt-5.9-mini")] == [False, True]


def test_an_expression_that_fits_no_snapshot_is_listed() -> None:
    known = ClauseOr([ClauseEquals("m"), ClauseRegex(r"^m-\d{8}$")])
    unknown = ClauseOr([ClauseEquals("m"), ClauseRegex("^x+$")])
    assert imported(ModelInfo(id="m", match=known, prices=price(input_mtok="1"))).left_out == {}
    assert imported(ModelInfo(id="m", match=unknown, prices=price(input_mtok="1"))).left_out == {
        "rules for names that are neither names nor snapshots": ("openai/m: regular expression ^x+$",)
    }


def test_a_fine_tune_never_costs_what_its_base_does() -> None:
    clause = ClauseOr([ClauseEquals("m"), ClauseStartsWith("ft:m-0")])
    assert names_of(clause) == ("m", ())


def test_profiles_of_bedrock_are_modifiers_of_one_entry() -> None:
    regional = ClauseOr([ClauseStartsWith("a.x-1"), ClauseContains("us.a.x-1"), ClauseContains("eu.a.x-1")])
    book = imported(
        ModelInfo(id="global.a.x-1-v1:0", match=ClauseContains("global.a.x-1"), prices=price(input_mtok="10")),
        ModelInfo(id="regional.a.x-1-v1:0", match=regional, prices=price(input_mtok="11")),
        provider="aws",
    )
    [entry] = book.entries
    assert (entry.model, entry.names) == ("a.x-1-v1:0", ("a.x-1",))
    assert lines(book) == [
        "{input = 11}",
        'modifiers."inference_profile=eu" = [',
        "{factor = 1}",
        'modifiers."inference_profile=global" = [',
        "{input = 10}",
    ]
