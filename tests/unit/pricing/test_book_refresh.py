"""A refresh changes the future of a book and never its past."""

from datetime import UTC, datetime

import pytest

from gatemeter.llm.modifiers import read_modifiers
from gatemeter.pricing.book_refresh import book_changes, refreshed_book
from gatemeter.pricing.book_writer import book_text
from gatemeter.pricing.price_book import PriceBook
from gatemeter.pricing.price_table import PriceTable
from tests.support.price_books import book, hour_s

TODAY = datetime(2026, 5, 1, tzinfo=UTC)


def one(prices: str, tiers: str = "{}", match: str = "{equals = 'm'}") -> PriceBook:
    return book(
        f"\nentries = [{{provider = 'p', model = 'm', match = {match}, prices = {prices}, service_tiers = {tiers}}}]"
    )


def lines(refreshed: PriceBook) -> list[str]:
    text = book_text(refreshed).partition("prices = [\n")[2]
    return [line.strip().removesuffix(",") for line in text.splitlines() if line != "]"]


@pytest.mark.parametrize(
    ("known", "published", "expected"),
    [
        ("{input = 1}", "{input = 1.0}", ["{input = 1}"]),
        ("{input = 1}", "{input = 2}", ["{input = 1}", "{from = 2026-05-01, input = 2}"]),
        (
            "[{input = 1}, {from = 2026-04-01, input = 2}]",
            "{input = 2}",
            ["{input = 1}", "{from = 2026-04-01, input = 2}"],
        ),
        (
            "{input = 1}",
            "[{input = 1}, {from = 2026-04-01, input = 2}, {from = 2026-06-01, input = 3}]",
            ["{input = 1}", "{from = 2026-05-01, input = 2}", "{from = 2026-06-01, input = 3}"],
        ),
        (
            "[{input = 1}, {from = 2026-06-01, input = 5}]",
            "{input = 1}",
            ["{input = 1}"],
        ),
        (
            "[{input = 1}, {utc_hours = '1-4', input = 9}]",
            "{input = 1}",
            ["{input = 1}", '{utc_hours = ["1-4"], input = 9}', "{from = 2026-05-01, input = 1}"],
        ),
        ("{input = 1}", "{from = 2026-06-01, input = 2}", ["{input = 1}", "{from = 2026-06-01, input = 2}"]),
    ],
)
def test_a_changed_price_is_appended(known: str, published: str, expected: list[str]) -> None:
    assert lines(refreshed_book(one(known), one(published), TODAY)) == expected


def test_no_price_of_the_past_changes() -> None:
    known = one("[{input = 1}, {from = 2026-04-01, input = 2}]", "{flex = {input = 0.5}}")
    published = one("[{input = 3}, {from = 2026-03-01, input = 4}]", "{flex = {input = 0.7}, batch = {input = 0.1}}")
    before, after = (PriceTable.from_books([each]) for each in (known, refreshed_book(known, published, TODAY)))
    for at in ("2026-01-01T00:00", "2026-03-15T00:00", "2026-04-30T23:00"):
        for tier in ("", "flex", "batch"):
            old, new = (
                each.find("p", ["m"], hour_s(at), modifiers=read_modifiers("", tier)) for each in (before, after)
            )
            assert old is not None
            assert new is not None
            assert (old.version, old.gaps) == (new.version, new.gaps)


def test_from_the_day_on_the_published_prices_count() -> None:
    known, published = one("{input = 1}", "{flex = {input = 0.5}}"), one("{input = 4}", "{batch = {input = 2}}")
    assert lines(refreshed_book(known, published, TODAY)) == [
        "{input = 1}",
        "{from = 2026-05-01, input = 4}",
        "service_tiers.batch = [",
        "{from = 2026-05-01, input = 2}",
        "service_tiers.flex = [",
        "{input = 0.5}",
    ]


def test_a_second_refresh_changes_nothing() -> None:
    published = one("[{input = 4}, {from = 2026-07-01, input = 5}]", "{batch = {input = 2}}")
    once = refreshed_book(one("{input = 1}"), published, TODAY)
    assert refreshed_book(once, published, TODAY) == once
    assert refreshed_book(once, published, datetime(2026, 5, 9, tzinfo=UTC)) == once
    assert list(book_changes(once, refreshed_book(once, published, TODAY), published)) == []


PUBLISHED = book(
    """
    source = "new"
    aliases.gw = "p"
    entries = [
      {provider = "a", model = "x", prices = {input = 1}},
      {provider = "p", model = "m", prices = {input = 2}},
    ]
    """
)
KNOWN = book(
    """
    source = "old"
    aliases.mine = "p"
    entries = [
      {provider = "p", model = "gone", match = {starts_with = "m"}, prices = {input = 7}},
      {provider = "p", model = "m", consumer = "acme", prices = {input = 0.5}},
      {provider = "p", model = "m", prices = {input = 1}},
    ]
    """
)


def test_what_is_gone_stays_behind_what_is_published() -> None:
    refreshed = refreshed_book(KNOWN, PUBLISHED, TODAY)
    assert [entry.name for entry in refreshed.entries] == ["a/x", "p/m", "p/gone", "p/m for acme"]
    assert refreshed.aliases == {"gw": "p", "mine": "p"}
    assert refreshed.source == "new"


def test_changes_name_what_is_added_removed_and_changed() -> None:
    refreshed = refreshed_book(KNOWN, PUBLISHED, TODAY)
    changes = [
        (each.kind, each.model, each.what, each.before, each.after)
        for each in book_changes(KNOWN, refreshed, PUBLISHED)
    ]
    assert changes == [
        ("added", "a/x", "price", "", "{input = 1}"),
        ("changed", "p/m", "price from 2026-05-01", "", "{from = 2026-05-01, input = 2}"),
        ("removed", "p/gone", "stays in the book", "{input = 7}", ""),
    ]


def test_other_names_of_a_model_are_a_change() -> None:
    known, published = one("{input = 1}"), one("{input = 1}", match="{starts_with = 'm'}")
    (change,) = book_changes(known, refreshed_book(known, published, TODAY), published)
    assert (change.what, change.before, change.after) == ("match", '{equals = "m"}', '{starts_with = "m"}')
