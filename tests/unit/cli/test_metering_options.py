"""The options of every command that counts: which books price, which times are believed."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from gatemeter.cli.options.currency import currency_books, currency_option
from gatemeter.cli.options.metering import metering_options
from gatemeter.errors import InputError, SettingsError
from gatemeter.events.access_event import TimeRange
from gatemeter.metering.ruleset import RULESET_VERSION, Metering
from gatemeter.pricing import book_files
from gatemeter.schema.units import UNIT_NAMES
from tests.support.gatemeter_command import settings_in_environment
from tests.support.price_books import NOON, book


@pytest.fixture(autouse=True)
def _small_price_book(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_files, "packaged_books", lambda: [book("entries = []")])


@pytest.fixture
def books(tmp_path: Path) -> dict[str, Path]:
    """Two books with a price of 1 and of 2 for the same model."""
    paths = {name: tmp_path / f"{name}.toml" for name in ("one", "two")}
    for price, path in enumerate(paths.values(), 1):
        text = f"currency = 'USD'\nentries = [{{provider = 'p', model = 'm', prices = {{input = {price}}}}}]"
        path.write_text(text, encoding="utf-8")
    return paths


def invoked(*arguments: object, env: Mapping[str, str] | None = None) -> Result:
    command = click.command()(
        metering_options(lambda metering, event_ledger: replace(metering, event_ledger=event_ledger))
    )
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(command, words, env={**settings_in_environment(), **(env or {})}, standalone_mode=False)


def metering_of(*arguments: object, env: Mapping[str, str] | None = None) -> Metering:
    result = invoked(*arguments, env=env)
    assert isinstance(result.return_value, Metering), result.exception
    return result.return_value


def yoctos_of(metering: Metering) -> int | None:
    """Of one fresh input token: 10^18 for a price of 1."""
    price = metering.prices.find("p", ["m"], NOON)
    rate = None if price is None else price.rates[UNIT_NAMES.index("fresh_input_tokens")]
    return None if rate is None else rate.yoctos


@pytest.mark.parametrize(
    ("arguments", "env", "origin"),
    [([], {"GATEMETER_PRICES": "own.yaml"}, "GATEMETER_PRICES"), (["--prices", "own.yaml"], {}, "--prices")],
)
def test_a_bad_book_for_the_currency_says_who_names_it(
    arguments: list[str], env: dict[str, str], origin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own.yaml").touch()
    command = click.command()(currency_option(lambda prices: currency_books(prices)))
    result = CliRunner().invoke(command, arguments, env={**settings_in_environment(), **env}, standalone_mode=False)
    assert isinstance(result.exception, SettingsError)
    assert str(result.exception) == (
        f"own.yaml (from {origin}): is YAML, and price books are TOML; convert it once: docs/pricing.md has the "
        "command; the book is read for the currency of costs"
    )


def test_without_options_nothing_but_the_packaged_book_and_the_usual_times_count() -> None:
    metering = metering_of()
    assert (metering.times, metering.ruleset_version, yoctos_of(metering)) == (TimeRange(), RULESET_VERSION, None)


def test_later_books_go_before_earlier_ones(books: dict[str, Path]) -> None:
    assert yoctos_of(metering_of("--prices", books["one"], "--prices", books["two"])) == 2 * 10**18
    assert yoctos_of(metering_of("--prices", books["two"], "--prices", books["one"])) == 10**18


def test_the_environment_names_books_between_path_separators_and_flags_go_before_it(books: dict[str, Path]) -> None:
    env = {"GATEMETER_PRICES": os.pathsep.join(map(str, books.values()))}
    assert yoctos_of(metering_of(env=env)) == 2 * 10**18
    assert yoctos_of(metering_of("--prices", books["one"], env=env)) == 10**18


def test_believed_times_come_from_flags_and_environment() -> None:
    metering = metering_of("--earliest", "1970-01-01T01:00", env={"GATEMETER_LATEST": "2026-02"})
    assert metering.times == TimeRange(3_600_000, 1_769_904_000_000)
    assert metering.ruleset_version == f"{RULESET_VERSION};times=3600000..1769904000000"


def test_the_event_ledger_is_left_to_the_store_unless_asked_for() -> None:
    asked = {"GATEMETER_EVENT_LEDGER": "true"}
    assert metering_of().event_ledger is None
    assert metering_of("--event-ledger").event_ledger is True
    assert metering_of(env=asked).event_ledger is True
    assert metering_of("--no-event-ledger", env=asked).event_ledger is False


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--earliest", "soon"], "--earliest: 'soon' is not a date"),
        (["--latest", "2026-02-01T10:30"], "--latest: '2026-02-01T10:30' is not a full hour"),
        (["--earliest", "2026-02", "--latest", "2026-02"], "--earliest 2026-02 is not before --latest 2026-02"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], said: str) -> None:
    error = invoked(*arguments).exception
    assert isinstance(error, SettingsError)
    assert str(error).startswith(said)


def test_a_price_book_that_is_not_there_is_a_missing_file() -> None:
    error = invoked("--prices", "/none.toml").exception
    assert isinstance(error, InputError)
    assert str(error).startswith("/none.toml: cannot read the price book: no such file or directory")
