"""Prices in another currency: converted by the rate of the hour, or unpriced."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.errors import SettingsError
from gatemeter.pricing.book_files import book_from_text, packaged_books, price_table
from gatemeter.pricing.book_lint import lint_warnings
from gatemeter.pricing.book_writer import book_text
from gatemeter.pricing.cost import LlmCost, price_usage
from gatemeter.pricing.cost_derivation import derivation_lines
from gatemeter.pricing.price_table import PriceTable
from gatemeter.pricing.reprice import _reason
from tests.support.price_books import hour_s, usage, yoctos

RATE = '[[exchange_rates]]\nfrom = "{}"\nto = "{}"\nrate = {}\nvalid_from = {}\nsource = "the bank"\n'
ENTRY = '[[entries]]\nprovider = "d"\nmodel = "m"\ncurrency = "CNY"\nprices = {input = 2, output = 3, per_call = 0.5}\n'
RATES = RATE.format("CNY", "EUR", '"0.1274"', "2026-02-01") + RATE.format("CNY", "EUR", '"0.13"', "2026-03-01")


def eur(text: str) -> PriceTable:
    return PriceTable.from_books([book_from_text('currency = "EUR"\n' + text, "mine.toml")])


def cost(at: str, tokens: int = 1000, text: str = RATES + ENTRY) -> LlmCost:
    return price_usage(usage("d/m", at=hour_s(at), fresh_input_tokens=tokens), eur(text))


def test_a_price_is_converted_by_the_rate_of_its_hour() -> None:
    # 1000 x 2 per million + 0.5 per call = 0.502 CNY
    february, march = cost("2026-02-28T23:00"), cost("2026-03-01T00:00")
    assert february.cost_computed_yoctos == yoctos("0.0639548")
    assert march.cost_computed_yoctos == yoctos("0.06526")
    assert (february.evidence, february.currency) == ("computed", "EUR")
    assert "(1 CNY = 0.1274 EUR from 2026-02-01)#" in february.price_version
    assert eur(RATES + ENTRY).has_version(february.price_version)


def test_a_call_before_the_first_rate_is_unpriced() -> None:
    early = cost("2026-01-31T23:00")
    assert (early.evidence, early.unpriced_calls, early.cost_computed_yoctos) == ("unpriced", 1, 0)
    assert [gap.text for gap in early.gaps] == ["no exchange rate from CNY to EUR at this time"]


def test_an_embedding_before_the_first_rate_is_unpriced() -> None:
    embedded = {"embeddings_provider": "d", "embeddings_model": "m", "embeddings_evidence": "reported"}
    call = usage("d/m", at=hour_s("2026-01-01T00:00"), embeddings_tokens=5, **embedded)
    early = price_usage(call, eur(RATES + ENTRY))
    assert (early.evidence, early.embeddings_cost_yoctos) == ("unpriced", 0)
    assert "no exchange rate from CNY to EUR" in early.gaps[0].text


def test_the_derivation_names_rate_date_and_source() -> None:
    lines = derivation_lines(cost("2026-02-01T00:00"))
    assert "exchange rate: 1 CNY = 0.1274 EUR from 2026-02-01 (the bank)" in lines
    assert "fresh input tokens: 1000 x 0.2548 per million = 0.0002548" in lines
    assert "cost: 0.0639548 EUR" in lines


def test_a_price_in_the_books_currency_keeps_its_version() -> None:
    plain = ENTRY.replace('currency = "CNY"\n', "")
    assert (
        cost("2026-02-01T00:00", text=plain).price_version == cost("2026-02-01T00:00", text=RATES + plain).price_version
    )


@given(
    st.decimals("0", "1000", places=8),
    st.integers(1, 10**18).map(lambda digits: Decimal(digits).scaleb(-18)),
    st.integers(0, 10**9),
)
def test_a_unit_is_the_exact_product_rounded_once(price: Decimal, rate: Decimal, tokens: int) -> None:
    entry = ENTRY.replace("{input = 2, output = 3, per_call = 0.5}", f"{{input = {price:f}}}")
    found = cost("2026-02-01T00:00", tokens, RATE.format("CNY", "EUR", f'"{rate:f}"', "2026-02-01") + entry)
    assert found.cost_computed_yoctos == tokens * round(Fraction(price) * Fraction(rate) * 10**18)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (RATE.format("cny", "EUR", '"1"', "2026-02-01"), "'cny' cannot be used"),
        (RATE.format("CNY", "EUR", '"0"', "2026-02-01"), "0 is not an exchange rate"),
        (RATE.format("CNY", "EUR", '"-1"', "2026-02-01"), "-1 is negative"),
        (RATE.format("CNY", "EUR", "0.1274", "2026-02-01"), "is not an exchange rate"),
        (RATE.format("CNY", "EUR", '"NaN"', "2026-02-01"), "'NaN' cannot be used"),
        (RATE.format("EUR", "EUR", '"1"', "2026-02-01"), "converts EUR to itself"),
        (RATE.format("CNY", "USD", '"1"', "2026-02-01"), "rates are not chained"),
        (RATE.format("CNY", "EUR", '"1"', "2026-02-01") * 2, "has two rates at one date"),
        (RATE.format("CNY", "EUR", '"1"', "2026-02-01T10:30:00Z"), "is not a full hour"),
        (ENTRY, "has prices of d/m in CNY and no exchange rate"),
    ],
)
def test_a_rate_that_cannot_be_used_is_refused(text: str, message: str) -> None:
    with pytest.raises(SettingsError) as refused:
        eur(text)
    assert "mine.toml" in str(refused.value)
    assert message in str(refused.value)


def test_packaged_prices_count_only_with_a_rate_for_dollars(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    call = usage("openai/gpt-4o", fresh_input_tokens=1_000_000)
    own.write_text('currency = "EUR"\n' + RATE.format("USD", "EUR", '"0.5"', "2026-01-01"))
    found = price_usage(call, price_table([own]))
    assert (found.cost_computed_yoctos, found.currency) == (yoctos("1.25"), "EUR")
    assert "(1 USD = 0.5 EUR from 2026-01-01)#" in found.price_version
    own.write_text('currency = "EUR"\n' + ENTRY.replace("CNY", "EUR"))
    assert price_usage(call, price_table([own])).evidence == "unpriced"


def test_packaged_entries_without_a_rate_do_not_hide_an_own_fallback(tmp_path: Path) -> None:
    """They are left out, and not kept without a price: the own price of another provider counts as an estimate."""
    own = tmp_path / "own.toml"
    entry = '[[entries]]\nprovider = "mine"\nmodel = "gpt-4o"\nprices = {input = 2, output = 3}\n'
    own.write_text('currency = "EUR"\n[fallbacks]\nopenai = "mine"\n' + entry)
    assert [each.entry.name for layer in price_table([own]).layers for each in layer] == ["mine/gpt-4o"]
    found = price_usage(usage("openai/gpt-4o", fresh_input_tokens=1_000_000), price_table([own]))
    assert (found.evidence, found.cost_computed_yoctos, found.currency) == ("estimated", yoctos("2"), "EUR")


def test_a_book_with_rates_is_written_as_it_was_read() -> None:
    book = book_from_text('currency = "EUR"\n' + RATES + ENTRY, "mine.toml")
    assert book_from_text(book_text(book), "again.toml") == book


def test_a_changed_rate_is_the_reason_of_a_new_cost() -> None:
    def row(found: LlmCost) -> tuple[object, ...]:
        return found.columns()

    reason = _reason(row(cost("2026-02-01T00:00")), row(cost("2026-03-01T00:00")))
    assert reason == "exchange rate: 1 CNY = 0.1274 EUR from 2026-02-01 -> 1 CNY = 0.13 EUR from 2026-03-01"


def test_lint_says_that_packaged_prices_are_left_out() -> None:
    packaged = [(f"packaged {number}", book) for number, book in enumerate(packaged_books())]
    without = ("own", book_from_text('currency = "EUR"\n' + RATES + ENTRY, "own"))
    with_rate = ("own", book_from_text('currency = "EUR"\n' + RATE.format("USD", "EUR", '"0.5"', "2026-02-01"), "own"))
    assert "prices of earlier books in USD cannot be converted" in "".join(
        map(str, lint_warnings([*packaged, without], ["own"]))
    )
    assert not list(lint_warnings([*packaged, with_rate], ["own"]))


def test_one_table_keeps_the_rates_of_two_hours_apart() -> None:
    prices = eur(RATES + ENTRY)
    hours = ("2026-01-31T23:00", "2026-02-28T23:00", "2026-03-01T00:00", "2026-02-28T23:00")
    found = [price_usage(usage("d/m", at=hour_s(at), fresh_input_tokens=1000), prices) for at in hours]
    # 0.502 CNY each: no rate, x 0.1274, x 0.13, x 0.1274
    assert [each.cost_computed_yoctos for each in found] == [0, *map(yoctos, ("0.0639548", "0.06526", "0.0639548"))]
    assert all(prices.has_version(each.price_version) for each in found[1:])
