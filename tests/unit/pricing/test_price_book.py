"""What a price book may say, and how errors name what it may not say."""

from decimal import Decimal
from pathlib import Path

import pytest

from gatemeter.errors import InputError, SettingsError
from gatemeter.llm.call import CONTEXT_THRESHOLDS
from gatemeter.pricing.book_files import book_from_text, load_book, load_books, seed_book, write_book
from gatemeter.pricing.book_writer import book_text
from gatemeter.pricing.name_rules import ModelMatch
from gatemeter.pricing.price_book import PriceBook, PriceEntry, ServicePrice
from tests.support.price_books import book

_DOCS = Path(__file__).parents[3] / "docs/pricing.md"
_ENTRY = "[[entries]]\nprovider = 'openai'\nmodel = 'gpt-4o'\nprices = "


@pytest.mark.parametrize(
    ("prices", "said"),
    [
        ("{input = 0.1234567890123456789}", "prices.1.input: 0.1234567890123456789 has 19 decimals; write at most 18"),
        ("{input = 1e-19}", "prices.1.input: 1E-19 has 19 decimals; write at most 18"),
        ("{input = -1}", "prices.1.input: -1 is negative; write 0 or more"),
        ("{input = 10000000000000}", "out of all proportion; write currency units per million tokens"),
        ("{input = true}", "prices.1.input: True is not a price; write a decimal number such as 0.15"),
        ("{input = 'cheap'}", "prices.1.input: 'cheap' cannot be used; input should be a valid decimal"),
        ("{inputs = 1}", "prices.1.inputs: is not a field of a price book; did you mean input"),
        ("{input = 1}\nmodle = 'x'", "modle: is not a field of a price book; did you mean model"),
        (
            "{inputt = 'cheap', from = 'soon'}",
            "prices.1.inputt: is not a field of a price book (and 1 more); did you mean",
        ),
        ("{input = 1, xyzzy = 1}", "prices.1.xyzzy: is not a field of a price book; docs/pricing.md lists the fields"),
        ("{from = 2026-01-01}", "prices.1: gives no price; write one of input, output, cache_read"),
        ("{input = 1, from = 'soon'}", "prices.1.from: soon is not a date; write a date (2026-02-01) or a full hour"),
        (
            "{input = 1, from = 2026-01-01T10:30:00}",
            "is not a full hour, and usage is stored by the hour; write a date",
        ),
        ("{input = 1, utc_hours = '0:30-16:30'}", '0:30-16:30 is not a span of full hours; write for example "1-4"'),
        ("{input = 1, utc_hours = '5-5'}", "5-5 is not a span of full hours"),
        ("{input = 1, utc_hours = 3}", '3 is not a span of hours; write for example "1-4", or a list'),
        ("[{input = 1}, {input = 2}]", "has two prices without hours from no date; give each its own 'from'"),
        (
            "[{from = 2026-01-01, utc_hours = '1-4', input = 1}, {from = 2026-01-01, utc_hours = '3-5', input = 2}]",
            "has two prices for mon 3:00 from 2026-01-01T00:00",
        ),
        (
            "{input = 1, context = {above = 150000, input = 2}}",
            "usage is not kept apart at 150000 tokens; write one of 8000,",
        ),
        (
            "{input = 1, output = 2, context = {above = 200000, input = 2}}",
            "the tier above 200000 names no output; write it also where it stays the same",
        ),
        ("{input = 1, context = [{above = 8000, input = 2}, {above = 8000, input = 3}]}", "names a threshold twice"),
        ("[]", "prices: is empty; write a price, or leave the entry out"),
        ("{input = 1}\nmatch = {}", "match: matches no model; write equals, starts_with"),
        ("{input = 1}\nmatch = {regex = '('}", "is not a regular expression"),
        ("{input = 1}\nservice_tiers = {flex = {factor = 0.5, input = 1}}", "flex.1: write either a factor or prices"),
        ("{input = 1}\nservice_tiers = {flex = {utc_hours = '1-4'}}", "flex.1: write either a factor or prices"),
        (
            "{input = 0.000000000000000001}\nservice_tiers = {flex = {factor = 0.5}}",
            "input in flex would have more than 18 decimals; write prices, no factor",
        ),
    ],
)
def test_a_wrong_entry_is_named_with_what_to_write(prices: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        book(_ENTRY + prices)
    assert str(refused.value).startswith("mine.toml entry 1 (openai/gpt-4o)")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "mine.toml: holds no price book; begin with 'currency = \"USD\"'"),
        ("entries = []", "mine.toml currency: is missing; write it"),
        ("currency = 'dollars'", "mine.toml currency: 'dollars' cannot be used; string should match pattern"),
        ("currency = 'USD'\nentries = [5]", "mine.toml entry 1: 5 cannot be used; input should be a valid dictionary"),
        ("currency = 'USD'\nentries = [{}]", "mine.toml entry 1 (?/?) provider: is missing (and 2 more); write it"),
    ],
)
def test_a_wrong_book_is_refused_with_its_field(text: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        book_from_text(text, "mine.toml")
    assert said in str(refused.value)


def test_eighteen_decimals_are_accepted_besides_zeros() -> None:
    prices = book(_ENTRY + "{input = 0.123456789012345678, output = 0.5000000000000000000000}").entries[0].prices[0]
    assert prices.input == Decimal("0.123456789012345678")
    assert prices.output == Decimal("0.5")


def test_free_of_charge_is_written_and_differs_from_no_price() -> None:
    prices = book(_ENTRY + "{input = 0}").entries[0].prices[0]
    assert prices.given() == {"input": Decimal(0)}


def test_a_written_book_reads_as_the_same_book(tmp_path: Path) -> None:
    written = book(
        """
        standard.service_tier = ["default"]
        left_out."a reason = with sign" = ["no", 'x "y"', "it's", "", "both ' and \\""]
        aliases."g w" = "openai"
        fallbacks.azure = ["openai"]
        [[entries]]
        provider = "openai"
        model = "true"
        consumer = "Käufer #1\\t\\u007f"
        note = "5: {a}"
        match = {equals = ["a", "1.5"], regex = '^x-\\d{2}$', ends_with = "/y"}
        prices = [
          {input = 0.00000000000000001, output = 1000000, per_call = 0.01},
          {from = 2026-01-01T05:00:00Z, utc_hours = "22-2", input = 1, context = {above = 200000, input = 2}},
        ]
        service_tiers."f.lex" = [{factor = 0.5}, {from = 2026-01-01, input = 3}]
        """
    )
    path = tmp_path / "prices.toml"
    write_book(path, written)
    assert load_book(path) == written
    assert [each.name for each in tmp_path.iterdir()] == ["prices.toml"]


def test_the_packaged_book_is_written_as_it_is() -> None:
    seed = seed_book()
    assert book_from_text(book_text(seed), "copy") == seed
    assert len(seed.entries) > 800


def test_a_book_that_cannot_be_written_or_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot write the price book"):
        write_book(tmp_path / "none" / "prices.toml", seed_book())
    with pytest.raises(InputError, match="cannot read the price book"):
        load_books([tmp_path / "none.toml"])
    (tmp_path / "latin.toml").write_bytes(b"# \xe4")
    with pytest.raises(SettingsError, match=r"latin\.toml: is not UTF-8 text"):
        load_book(tmp_path / "latin.toml")


def test_the_documented_example_is_a_book() -> None:
    documented = _DOCS.read_text(encoding="utf-8")
    example = documented.partition("```toml\n")[2].partition("```")[0]
    assert [entry.name for entry in book_from_text(example, "docs/pricing.md").entries] == [
        "openai/gpt-4o for acme",
        "vllm/llama-3.3-70b",
        "ollama/nomic-embed-text",
    ]


def test_the_documentation_names_all_fields_and_thresholds() -> None:
    documented = " ".join(_DOCS.read_text(encoding="utf-8").split())
    assert ", ".join(map(str, CONTEXT_THRESHOLDS)) in documented
    names = {"from" if name == "first_hour" else name for name in ServicePrice.model_fields}
    names |= {*PriceEntry.model_fields, *PriceBook.model_fields, *ModelMatch.model_fields}
    assert {name for name in names if f"`{name}`" not in documented} == set()


def test_a_price_of_a_million_a_token_is_too_dear() -> None:
    assert book(f"{_ENTRY}{{input = 999999999999.9}}").entries
    with pytest.raises(SettingsError, match="out of all proportion"):
        book(f"{_ENTRY}{{input = 1000000000000}}")
