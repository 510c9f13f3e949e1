"""Prices times the factors on them are refused where the table is made: no usage meets a price that is not whole."""

from decimal import Decimal
from fractions import Fraction
from itertools import compress, product
from math import prod
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.errors import SettingsError
from gatemeter.llm.modifiers import Modifiers
from gatemeter.pricing import exact_products
from gatemeter.pricing.book_files import price_table
from gatemeter.pricing.price_table import PriceTable
from gatemeter.schema.units import UNIT_NAMES
from tests.support.price_books import NOON, hour_s, input_rate, table

FAST, BATCH = ("speed", "fast"), ("service_tier", "batch")
ENTRY = "[[entries]]\nprovider = 'p'\nmodel = 'm'\nprices = "
SHARED = "[[modifiers]]\nprovider = 'p'\nname = 'speed'\nvalue = 'fast'\nfactors = "
THIRD = '{factor = "0.333333333333333333"}'
OWN_FACTORS = (
    'service_tiers.batch = {factor = "0.12345678"}\n'
    'modifiers."speed=fast" = {factor = "1.12345678"}\n'
    "prices = {input = 0.1234567891}\n"
)


def entry(more: str) -> str:
    return "[[entries]]\nprovider = 'p'\nmodel = 'm'\n" + more


def refused(*books: str) -> str:
    with pytest.raises(SettingsError) as caught:
        table(*books)
    return str(caught.value)


def yoctos(prices: PriceTable, modifiers: Modifiers, at: int = NOON) -> int | None:
    """What one input token costs."""
    price = prices.find("p", ["m"], at, modifiers=modifiers)
    rate = None if price is None else price.rates[UNIT_NAMES.index("fresh_input_tokens")]
    return None if rate is None else rate.yoctos


@pytest.mark.parametrize("price", ["0.1428571", "0.15"], ids=["would not be whole", "would have been rounded"])
def test_a_shared_factor_with_too_many_decimals_is_refused(price: str) -> None:
    said = "input in speed=fast would have more than 18 decimals; write prices, no factor"
    assert refused(SHARED + THIRD + "\n" + ENTRY + f"{{input = {price}}}") == f"book 1 entry 1 (p/m): {said}"


def test_a_price_of_fewer_decimals_takes_the_same_factor() -> None:
    prices = table(SHARED + THIRD + "\n" + ENTRY + "{input = 3}")
    assert yoctos(prices, (FAST,)) == 999_999_999_999_999_999


def test_a_price_that_was_rounded_by_one_digit_is_refused() -> None:
    """0.15 x 1.000000000000000001 are 150000000000000000.15 yoctos a token."""
    said = refused(entry("prices = {input = 0.15}\n"), SHARED + '{factor = "1.000000000000000001"}')
    assert said.startswith(
        "book 2 modifiers.1: input in speed=fast would have more than 18 decimals for book 1 entry 1"
    )


def test_factors_that_are_whole_one_by_one_are_refused_together() -> None:
    assert "input in batch speed=fast would have more than 18 decimals" in refused(entry(OWN_FACTORS))


@pytest.mark.parametrize(
    "own",
    ["{input = 0.1}", '{factor = "0.13"}'],
    ids=["prices for both", "a factor for both"],
)
def test_what_is_written_for_both_modifiers_goes_before_their_factors(own: str) -> None:
    prices = table(entry(OWN_FACTORS + f'modifiers."service_tier=batch,speed=fast" = {own}\n'))
    assert yoctos(prices, (BATCH, FAST)) == (10**17 if "input" in own else 16_049_382_583_000_000)


def test_factors_at_times_that_never_meet_do_no_harm() -> None:
    for batch, fast in (
        ("[{factor = 0.12345678}, {from = 2026-03-01, factor = 1}]", "{from = 2026-03-01, factor = 1.12345678}"),
        ("{factor = 0.12345678, utc_hours = '1-4'}", "{factor = 1.12345678, utc_hours = '4-6'}"),
        (
            "{factor = 0.12345678, hours = '1-4', time_zone = 'Europe/Berlin'}",
            "{factor = 1.12345678, hours = '4-6', time_zone = 'Europe/Berlin'}",
        ),
    ):
        each = f'service_tiers.batch = {batch}\nmodifiers."speed=fast" = {fast}\nprices = {{input = 0.1234567891}}\n'
        prices = table(entry(each))
        for hour in range(48):
            assert yoctos(prices, (BATCH, FAST), hour_s("2026-02-28T00") + hour * 3600) is not None


def test_hours_that_meet_in_summer_alone_are_found() -> None:
    """In Berlin 02:00 to 03:00 are 0:00 to 1:00 in UTC then, and 1:00 to 2:00 in winter."""
    batch = "{factor = 0.12345678, hours = '2-3', time_zone = 'Europe/Berlin'}"
    fast = "{factor = 1.12345678, utc_hours = '0-1'}"
    each = f'service_tiers.batch = {batch}\nmodifiers."speed=fast" = {fast}\nprices = {{input = 0.1234567891}}\n'
    assert "input in batch speed=fast would have more than 18 decimals" in refused(entry(each))


def test_prices_for_a_modifier_and_in_a_long_context_take_other_factors_too() -> None:
    fast = 'modifiers."speed=fast" = {factor = "1.12345678"}\n'
    for more in (
        "service_tiers.batch = {input = 0.12345678912}\nprices = {input = 1}\n",
        "prices = {input = 1, context = {above = 8000, input = 0.12345678912}}\n",
    ):
        assert "would have more than 18 decimals" in refused(entry(fast + more))


def test_fees_take_no_factor() -> None:
    prices = table(
        entry(f'modifiers."speed=fast" = {THIRD}\nprices = {{input = 1, per_call = 0.123456789012345678}}\n')
    )
    price = prices.find("p", ["m"], NOON, modifiers=(FAST,))
    assert price is not None
    assert price.per_call_yoctos == 123_456_789_012_345_678_000_000


def test_a_factor_of_ones_own_on_packaged_prices_is_named_with_its_file(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('currency = "USD"\n' + SHARED.replace("'p'", "'openai'") + THIRD)
    with pytest.raises(SettingsError) as caught:
        price_table([own])
    assert str(caught.value).startswith(f"{own} modifiers.1: input in speed=fast would have more than 18 decimals for ")
    assert "the packaged prices entry" in str(caught.value)


def test_a_version_is_looked_for_among_what_comes_together() -> None:
    """Two values of one modifier never do."""
    factors = 'service_tiers = {batch = {factor = "0.12345678"}, flex = {factor = "1.12345678"}}\n'
    prices = table(entry(factors + "prices = {input = 0.1234567891}\n"))
    assert not prices.has_version("p/m flex#00000000")


def test_more_modifiers_than_can_be_gone_through_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_products, "MOST_SETS", 3)
    said = "book 1 entry 1 (p/m): has more than 3 sets of modifiers, and more decimals than can be told to be right"
    assert refused(entry(OWN_FACTORS)).startswith(said)
    few = entry("service_tiers = {a = {factor = 2}, b = {factor = 3}, c = {factor = 4}}\nprices = {input = 0.1}\n")
    assert input_rate(table(few).find("p", ["m"], NOON)) == 0


_NUMBERS = st.builds(
    lambda digits, decimals: Decimal(digits).scaleb(-decimals), st.integers(0, 2000), st.integers(0, 9)
)


@given(price=_NUMBERS, own=_NUMBERS, shared=_NUMBERS, other=_NUMBERS)
def test_what_is_not_whole_in_all_combinations_is_refused_and_nothing_else(
    price: Decimal, own: Decimal, shared: Decimal, other: Decimal
) -> None:
    factors = {("service_tier", "a"): own, ("speed", "fast"): shared, ("route", "x"): other}
    text = "".join(
        f"[[modifiers]]\nprovider = 'p'\nname = '{name}'\nvalue = '{value}'\nfactors = {{factor = {factor:f}}}\n"
        for (name, value), factor in list(factors.items())[1:]
    )
    exact = dict[frozenset[tuple[str, str]], Fraction]()
    for picked in product((False, True), repeat=3):
        modifiers = dict(compress(factors.items(), picked))
        exact[frozenset(modifiers)] = prod(map(Fraction, modifiers.values()), start=Fraction(price) * 10**18)
    book = text + entry(f"service_tiers.a = {{factor = {own:f}}}\nprices = {{input = {price:f}}}\n")
    if any(each.denominator != 1 for each in exact.values()):
        assert "would have more than 18 decimals" in refused(book)
    else:
        prices = table(book)
        assert {each: yoctos(prices, tuple(sorted(each))) for each in exact} == exact
