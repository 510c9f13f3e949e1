"""The import of published prices says what `genai-prices` says, and leaves out what it cannot say."""

import functools
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from genai_prices.data import providers as PUBLISHED  # noqa: N812 - a constant of the package
from genai_prices.types import (
    ClauseEquals,
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    PriceVariant,
    StartDateConstraint,
    Tier,
    TieredPrices,
    TimeOfDateConstraint,
)

from gatemeter.errors import InstallError
from gatemeter.llm.call import context_above
from gatemeter.llm.modifiers import read_modifiers
from gatemeter.money import yoctos_from_decimal
from gatemeter.pricing import published_prices
from gatemeter.pricing.book_files import packaged_books
from gatemeter.pricing.price_table import PriceTable
from gatemeter.pricing.published_rates import without_noise
from gatemeter.schema.units import UNITS
from tests.support.packaged_prices import published_book
from tests.support.published_models import imported, lines, price
from tests.support.smoke import smoke


def model(prices: Any, variants: list[PriceVariant] | None = None) -> ModelInfo:
    return ModelInfo(id="m", match=ClauseEquals("m"), prices=prices, price_variants=variants)


def from_day(day: str, **rates: str) -> ConditionalPrice:
    return ConditionalPrice(StartDateConstraint(date.fromisoformat(day)), prices=price(**rates))


def between(start: time, end: time, **rates: str) -> ConditionalPrice:
    return ConditionalPrice(TimeOfDateConstraint(start, end), prices=price(**rates))


@pytest.mark.parametrize(
    ("published", "clean"),
    [
        ("0.07500000000000001", "0.075"),
        ("0.18000000000000002", "0.18"),
        ("0.13999999999999999", "0.14"),
        ("1.0399999999999998", "1.04"),
        ("5.000000000000001", "5"),
        ("0.075", "0.075"),
        ("0.0003625", "0.0003625"),
        ("0.333333333333333333", "0.333333333333333333"),
        ("1.23456789012345678", "1.23456789012345678"),
        ("0.12345678901234", "0.12345678901234"),
    ],
)
def test_traces_of_binary_arithmetic_are_cleaned_and_nothing_else(published: str, clean: str) -> None:
    assert without_noise(Decimal(published)) == Decimal(clean)


def test_all_fields_are_taken_over_exactly() -> None:
    book = imported(
        model(
            price(
                input_mtok="1", output_mtok="2.5", cache_read_mtok="0.1", cache_write_mtok="1.25",
                cache_write_1h_mtok="2", output_reasoning_mtok="3", input_audio_mtok="40", output_audio_mtok="80",
                requests_kcount="5", web_searches_kcount="10",
            )
        )
    )  # fmt: skip
    assert lines(book) == [
        (
            "{input = 1, output = 2.5, cache_read = 0.1, cache_write = 1.25, cache_write_1h = 2, reasoning = 3, "
            "audio_input = 40, audio_output = 80, image_input = 1, image_cache_read = 0.1, video_input = 1, "
            "video_cache_read = 0.1, per_call = 0.005, per_web_search = 0.01}"
        )
    ]


def test_units_other_than_text_tokens_are_kept() -> None:
    book = imported(
        model(
            price(
                input_mtok="1", output_mtok="2", input_image_mtok="8", output_image_mtok="30", output_video_mtok="17.5",
                cache_audio_read_mtok="0.3", output_citation_mtok="4", storage_searches_kcount="2.5",
                social_searches_kcount="5", rerank_searches_kcount="2", code_executions_kcount="3",
                input_document_kpages="1", input_annotated_document_kpages="3", input_mchars="15",
                input_audio_hours="0.36", output_audio_hours="0.72",
            )
        )
    )  # fmt: skip
    assert lines(book) == [
        (
            "{input = 1, output = 2, audio_cache_read = 0.3, image_input = 8, image_output = 30, video_output = 17.5, "
            "citation = 4, per_social_search = 0.005, per_file_search = 0.0025, per_rerank_search = 0.002, "
            "per_code_execution = 0.003, per_page = 0.001, per_annotated_page = 0.003, per_character = 0.000015, "
            "per_audio_input_hour = 0.36, per_audio_output_hour = 0.72}"
        )
    ]
    assert book.left_out == {}


def test_a_general_price_covers_images_only_where_audio_has_its_own() -> None:
    assert lines(imported(model(price(input_mtok="1", cache_read_mtok="0.1")))) == ["{input = 1, cache_read = 0.1}"]
    realtime = price(input_mtok="1", input_audio_mtok="10", input_image_mtok="8")
    assert lines(imported(model(realtime))) == ["{input = 1, audio_input = 10, image_input = 8}"]


@pytest.mark.parametrize(
    ("published", "provider", "name", "said"),
    [
        (
            price(input_mtok="1", input_gpixels="3"),
            "openai",
            "m",
            "genai-prices has a price input_gpixels, and no unit",
        ),
        (price(audio_hours="3"), "openai", "m", "genai-prices has a price for an hour of audio, and does not say"),
        (
            price(audio_hours="0.04", input_audio_hours="0.04"),
            "groq",
            "whisper-large-v3",
            "every request is billed for at least 10 seconds",
        ),
    ],
)
def test_what_no_rate_can_say_is_listed_and_makes_the_entry_doubtful(
    published: ModelPrice, provider: str, name: str, said: str
) -> None:
    book = imported(ModelInfo(id=name, match=ClauseEquals(name), prices=published), provider=provider)
    [entry] = book.entries
    [(reason, places)] = book.left_out.items()
    assert (str(entry.doubtful).startswith(said), reason.startswith(said)) == (True, True)
    assert places == (f"{provider}/{name}",)


def test_dates_become_dated_prices_without_one_before() -> None:
    standard, changed = from_day("2026-01-01", input_mtok="1"), from_day("2026-02-01", input_mtok="2")
    same = from_day("2026-03-01", input_mtok="2")
    assert lines(imported(model([standard, changed, same]))) == [
        "{from = 2026-01-01, input = 1}",
        "{from = 2026-02-01, input = 2}",
    ]


def test_hours_of_the_day_win_over_dates_as_in_the_source() -> None:
    always, night = ConditionalPrice(prices=price(input_mtok="2")), between(time(22), time(2), input_mtok="1")
    changed = from_day("2026-02-01", input_mtok="3")
    assert lines(imported(model([always, changed, night]))) == [
        "{input = 2}",
        '{utc_hours = ["0-2", "22-24"], input = 1}',
        "{from = 2026-02-01, input = 3}",
        '{from = 2026-02-01, utc_hours = ["0-2", "22-24"], input = 1}',
    ]


def test_hours_in_which_the_price_changes_have_none_and_are_listed() -> None:
    always, day = ConditionalPrice(prices=price(input_mtok="1")), between(time(0, 30), time(16, 30), input_mtok="2")
    book = imported(model([always, day]))
    assert lines(book) == ['{utc_hours = ["1-16"], input = 2}', '{utc_hours = ["17-24"], input = 1}']
    assert book.left_out == {"hours (UTC) in which the price changes": ("openai/m 0:00", "openai/m 16:00")}


def test_tiers_name_every_price_also_those_that_stay() -> None:
    tiered = TieredPrices(Decimal(1), [Tier(272_000, Decimal(4)), Tier(200_000, Decimal(2))])
    output = TieredPrices(Decimal(5), [Tier(200_000, Decimal(6))])
    book = imported(model(ModelPrice(input_mtok=tiered, output_mtok=output, cache_read_mtok=Decimal("0.5"))))
    assert lines(book) == [
        (
            "{input = 1, output = 5, cache_read = 0.5, context = ["
            "{above = 200000, input = 2, output = 6, cache_read = 0.5}, "
            "{above = 272000, input = 4, output = 6, cache_read = 0.5}]}"
        )
    ]


def test_variants_become_tiers_and_modifiers_with_all_their_prices() -> None:
    since = StartDateConstraint(date(2026, 3, 1))
    variants = [
        PriceVariant({"service_tier": "default"}, ModelPrice()),
        PriceVariant({"service_tier": "Priority"}, price(input_mtok="4"), since),
        PriceVariant({"processing": "batch"}, price(input_mtok="1")),
        PriceVariant({"speed": "fast", "service_tier": "x"}, price(input_mtok="9")),
        PriceVariant({"speed": "fast"}, price(input_mtok="7")),
    ]
    prices = [
        ConditionalPrice(prices=price(input_mtok="2", cache_read_mtok="1")),
        from_day("2026-04-01", input_mtok="3"),
    ]
    assert lines(imported(model(prices, variants))) == [
        "{input = 2, cache_read = 1}",
        "{from = 2026-04-01, input = 3}",
        "service_tiers.batch = [",
        "{input = 1, cache_read = 1}",
        "{from = 2026-04-01, input = 1}",
        "service_tiers.priority = [",
        "{from = 2026-03-01, input = 4, cache_read = 1}",
        "{from = 2026-04-01, input = 4}",
        'modifiers."service_tier=x,speed=fast" = [',
        "{input = 9, cache_read = 1}",
        "{from = 2026-04-01, input = 9}",
        'modifiers."speed=fast" = [',
        "{input = 7, cache_read = 1}",
        "{from = 2026-04-01, input = 7}",
    ]


@pytest.mark.parametrize(
    ("prices", "reason"),
    [
        (ModelPrice(), "free of charge or unknown"),
        ([], "free of charge or unknown"),
        (price(input_mtok="0", output_mtok="0"), "free of charge or unknown"),
        (
            ModelPrice(input_mtok=TieredPrices(Decimal(1), [Tier(12_345, Decimal(2))])),
            "prices in units without a rate, or that change at contexts that are not thresholds of usage",
        ),
    ],
)
def test_a_model_without_a_usable_price_is_left_out_and_listed(prices: Any, reason: str) -> None:
    book = imported(model(prices))
    assert book.entries == ()
    ((why, names),) = book.left_out.items()
    assert why.startswith(reason)
    assert names == ("openai/m",)


def test_only_providers_that_a_gateway_can_name_are_taken() -> None:
    assert imported(model(price(input_mtok="1")), provider="openrouter").entries == ()
    assert len(imported(model(price(input_mtok="1")), provider="huggingface_groq").entries) == 1


def test_a_missing_package_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices.data", None)
    with pytest.raises(
        InstallError, match=r"genai-prices is not installed; install it: pip install 'gatemeter\[prices"
    ):
        published_prices.published_book()


def _moments(info: ModelInfo) -> Iterator[datetime]:
    """A day of hours, and the hours around each date."""
    yield from (datetime(2026, 11, 22, hour, tzinfo=UTC) for hour in range(0, 24, 5))
    conditions = info.prices if isinstance(info.prices, list) else []
    for each in (*conditions, *(info.price_variants or ())):
        if isinstance(each.constraint, StartDateConstraint):
            start = datetime.combine(each.constraint.start_date, time(), UTC)
            yield from (start - timedelta(hours=1), start, start + timedelta(hours=7))


def _expected(published: ModelPrice, input_tokens: int) -> dict[str, int]:
    """Yoctos per token by the names of `genai-prices`, for a context of this size."""
    rates: dict[str, int] = {}
    for name, value in vars(published).items():
        tiers = value.tiers if isinstance(value, TieredPrices) else []
        rate = value.base if isinstance(value, TieredPrices) else value
        rate = next((tier.price for tier in reversed(tiers) if input_tokens > tier.start), rate)
        rates[name] = yoctos_from_decimal(without_noise(rate)) // 10**6
    return rates


_THEIR_NAMES = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "audio_input": "input_audio_mtok",
    "audio_cache_read": "cache_audio_read_mtok",
    "audio_output": "output_audio_mtok",
    "image_input": "input_image_mtok",
    "image_output": "output_image_mtok",
}


@functools.cache
def published_table() -> PriceTable:
    """The names and the published prices, without corrections."""
    return PriceTable.from_books([packaged_books()[0], published_book()])


@pytest.mark.parametrize("context", [{}, {"processing": "batch"}, {"service_tier": "priority"}])
@pytest.mark.parametrize(
    "provider",
    smoke(
        ["anthropic", "google", "deepseek", "openai", "aws", "mistral"], 3, reason="three providers are in `make test`"
    ),
)
def test_the_table_says_what_the_package_says(provider: str, context: dict[str, str]) -> None:
    prices = published_table()
    source = next(each for each in PUBLISHED if each.id == provider)
    compared = 0
    for info in source.models:
        for moment in _moments(info):
            for input_tokens in (1, 200_000, 200_001, 300_000):
                found = prices.find(
                    provider, [info.id], int(moment.timestamp()), (), context_above(input_tokens),
                    read_modifiers("", "".join(context.values())),
                )  # fmt: skip
                if found is None or found.gaps:
                    continue  # left out, or not yet a tier of its own
                theirs = source.find_model(info.id) or info  # an id need not be among the names
                expected = _expected(theirs.get_prices(moment, context or None), input_tokens)
                for unit, rate in zip(UNITS, found.rates, strict=True):
                    if _THEIR_NAMES.get(unit.rate) in expected:
                        assert rate is not None
                        assert rate.yoctos == expected[_THEIR_NAMES[unit.rate]], (
                            info.id,
                            moment,
                            input_tokens,
                            unit.rate,
                        )
                        compared += 1
    assert compared > 20 or context


def test_the_packaged_book_has_the_aliases_of_kongs_names() -> None:
    book = published_book()
    known = {entry.provider for entry in book.entries}
    assert set(book.aliases.values()) <= known
    assert {"openai", "azure", "anthropic", "cohere", "mistral", "cerebras", "databricks", "deepseek"} <= known


def test_searches_of_gemini_are_left_out_and_those_of_claude_are_not() -> None:
    book = published_book()
    google = {entry.model: entry for entry in book.entries if entry.provider == "google"}
    flash, claude = google["gemini-3-flash-preview"], google["claude-fable-5-2"]
    variants = [price for prices in flash.service_tiers.values() for price in prices]
    assert {price.per_web_search for price in (*flash.prices, *variants)} == {None}
    assert claude.prices[0].per_web_search == Decimal("0.01")
    (names,) = (names for reason, names in book.left_out.items() if reason.startswith("searches of Gemini"))
    assert "google/gemini-3-flash-preview" in names
