"""Prices that apply in some hours of some days of the week, in a time zone."""

import pytest

from gatemeter.errors import SettingsError
from gatemeter.pricing.book_files import book_from_text, packaged_books
from gatemeter.pricing.book_writer import book_text
from gatemeter.pricing.price_table import PriceTable
from tests.support.price_books import book, hour_s, input_rate, table

# Peak hours of DeepSeek, 09:00-12:00 and 14:00-18:00 in Beijing on working days:
# https://api-docs.deepseek.com/quick_start/pricing
PEAK = """
[[entries]]
provider = "deepseek"
model = "flash"
prices = [
  {input = 1},
  {from = 2026-09-01, input = 2},
  {from = 2026-09-01, hours = ["9-12", "14-18"], days = "mon-fri", time_zone = "Asia/Shanghai", input = 4},
]

[[entries]]
provider = "p"
model = "weekend"
prices = [{days = ["sat-sun"], input = 1}, {input = 2}]

[[entries]]
provider = "p"
model = "berlin"
prices = [{hours = "22-6", time_zone = "Europe/Berlin", input = 1}, {input = 2}]

[[entries]]
provider = "p"
model = "berlin-sunday"
prices = [{days = "sun", time_zone = "Europe/Berlin", input = 1}, {input = 2}]
"""


def price_at(prices: PriceTable, model: str, at: str) -> int | None:
    provider = "deepseek" if model == "flash" else "p"
    return input_rate(prices.find(provider, [model], hour_s(at)))


@pytest.mark.parametrize(
    ("model", "at", "expected"),
    [
        ("flash", "2026-10-02T02:00", 4),  # Friday, 10:00 in Beijing
        ("flash", "2026-10-02T00:00", 2),
        ("flash", "2026-10-02T01:00", 4),
        ("flash", "2026-10-02T03:00", 4),
        ("flash", "2026-10-02T04:00", 2),
        ("flash", "2026-10-02T06:00", 4),
        ("flash", "2026-10-02T10:00", 2),
        ("flash", "2026-10-03T02:00", 2),  # Saturday
        ("flash", "2026-08-31T02:00", 1),  # a Monday before the date
        ("weekend", "2026-10-03T00:00", 1),
        ("weekend", "2026-10-04T23:00", 1),
        ("weekend", "2026-10-05T00:00", 2),
        ("berlin", "2026-01-15T21:00", 1),  # 22:00, standard time
        ("berlin", "2026-01-15T20:00", 2),
        ("berlin", "2026-07-15T20:00", 1),  # 22:00, daylight saving time
        ("berlin", "2026-07-15T04:00", 2),  # 06:00
        ("berlin", "2026-01-15T04:00", 1),  # 05:00
        ("berlin", "2026-03-29T00:00", 1),  # 01:00, before the clocks go forward
        ("berlin", "2026-03-29T03:00", 1),  # 05:00
        ("berlin", "2026-03-29T04:00", 2),  # 06:00
        ("berlin-sunday", "2026-10-03T22:00", 1),  # Sunday, 00:00
        ("berlin-sunday", "2026-10-03T21:00", 2),
    ],
)
def test_a_price_counts_in_its_hours_of_its_days_only(model: str, at: str, expected: int) -> None:
    assert price_at(table(PEAK), model, at) == expected


@pytest.mark.parametrize(
    ("price", "said"),
    [
        ("hours = '9-12'", "gives hours and no time_zone"),
        ("hours = '9-12', time_zone = 'Asia/Kolkata'", "Asia/Kolkata is not always whole hours from UTC"),
        ("hours = '9-12', time_zone = 'Australia/Lord_Howe'", "is not always whole hours from UTC"),
        ("hours = '9-12', time_zone = 'Mars/Base'", "Mars/Base is not a time zone that this computer knows"),
        ("hours = '9:30-12', time_zone = 'Europe/Berlin'", "9:30-12 is not a span of full hours"),
        ("utc_hours = '9-12', time_zone = 'Europe/Berlin'", "gives a time_zone without hours or days in it"),
        ("time_zone = 'Europe/Berlin'", "gives a time_zone without hours or days in it"),
        ("days = 'mon-someday'", "mon-someday is not a span of days"),
        ("days = []", "is not a span of days"),
    ],
)
def test_hours_that_usage_cannot_be_split_at_are_refused(price: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        book(f"entries = [{{provider = 'p', model = 'm', prices = {{{price}, input = 1}}}}]")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("days = 'mon-fri'", "days = 'fri-sun'", "has two prices for fri 0:00 from no date"),
        ("utc_hours = '1-4'", "days = 'sat'", "has two prices for sat 1:00 from no date"),
        (
            "hours = '1-4', time_zone = 'Europe/Berlin'",
            "hours = '6-8', time_zone = 'Asia/Tokyo'",
            "has prices in several time zones from no date",
        ),
    ],
)
def test_two_prices_for_the_same_hour_are_refused(first: str, second: str, said: str) -> None:
    prices = f"[{{{first}, input = 1}}, {{{second}, input = 2}}]"
    with pytest.raises(SettingsError) as refused:
        book(f"entries = [{{provider = 'p', model = 'm', prices = {prices}}}]")
    assert said in str(refused.value)


def test_versions_of_all_hours_of_the_week_are_known() -> None:
    prices = table(PEAK)
    versions = {
        prices.find("deepseek", ["flash"], hour_s(at)).version  # type: ignore[union-attr]
        for at in ("2026-10-02T02:00", "2026-10-02T00:00", "2026-08-31T02:00")
    }
    assert (len(versions), all(map(prices.has_version, versions))) == (3, True)


def test_a_written_book_is_read_as_the_same_book() -> None:
    for each in (book(PEAK), packaged_books()[0]):
        assert book_from_text(book_text(each), "again") == each
