"""Which currency the costs of a store are said to be in, and that two are never added as one."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import Result

from gatemeter.errors import ConflictError, ExitCode
from gatemeter.pricing import book_files
from tests.support.command_in_process import invoked
from tests.support.databases import DatabasePool, Store
from tests.support.kong_events import HOUR_S, event_text

pytestmark = pytest.mark.clickhouse

HEADING = "cost_computed"
NOT_KNOWN = "the currency of computed costs is not known, and may be more than one: no given price book has price"
ON_ONE_LINE = {"COLUMNS": "1000"}
NUMBER = ("--consumer", "ann", "--period", "2026-02", "--metric")


def book(currency: str, price: int) -> str:
    entry = f"{{provider = 'p', model = 'm', prices = {{input = {price}, output = {price}}}}}"
    return f"currency = '{currency}'\nentries = [{entry}]"


@pytest.fixture(autouse=True, scope="module")
def _small_price_book() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(book_files, "packaged_books", lambda: [book_files.book_from_text(book("USD", 1), "seed")])
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("currencies")


@pytest.fixture(scope="module")
def books(folder: Path) -> dict[str, Path]:
    """Price books in EUR and GBP; `old` is in USD and has another price than the packaged book."""
    texts = {"eur": book("EUR", 2), "gbp": book("GBP", 3), "old": book("USD", 9)}
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.toml" for name in texts}


def meter(store: Store, folder: Path, consumers: Sequence[str], *prices: Path, event_id: str = "") -> None:
    """Count a log with one call of each consumer, of a million tokens, so that it costs what a book says."""
    log = folder / f"{event_id or '-'.join(consumers)}.log"
    log.write_bytes(b"".join(call(each, event_id or each) + b"\n" for each in consumers))
    succeeded(invoked("meter", log, *store.flags, *given(prices)))


def call(consumer: str, event_id: str) -> bytes:
    usage = '{"prompt_tokens":600000,"completion_tokens":400000,"total_tokens":1000000}'
    meta = '{"provider_name":"p","request_model":"m","request_mode":"oneshot"}'
    extra = f'"consumer":{{"id":"{consumer}"}},"ai":{{"proxy":{{"usage":{usage},"meta":{meta}}}}}'
    return event_text(event_id=f'"{event_id}"', started_at=HOUR_S * 1000, extra=extra)


# Stores for the tests of a class, which change nothing. They are not kept for the whole module, because many databases
# at once take longer to make than one after the other. Rows without currencies are as older versions stored them.


@pytest.fixture(scope="class")
def euros(database_pool: DatabasePool, folder: Path, books: dict[str, Path]) -> Iterator[Store]:
    """A call of ann and one of bob, both priced in EUR."""
    with database_pool.store() as store:
        meter(store, folder, ["ann", "bob"], books["eur"])
        yield store


@pytest.fixture(scope="class")
def euros_without_currency(database_pool: DatabasePool, folder: Path, books: dict[str, Path]) -> Iterator[Store]:
    with database_pool.store() as store:
        meter(store, folder, ["ann", "bob"], books["eur"])
        forget_currency(store)
        yield store


@pytest.fixture(scope="class")
def two_currencies(database_pool: DatabasePool, folder: Path, books: dict[str, Path]) -> Iterator[Store]:
    """A call of ann in EUR, and one of bob in GBP."""
    with database_pool.store() as store:
        meter_in_two_currencies(store, folder, books)
        yield store


@pytest.fixture(scope="class")
def two_without_currency(database_pool: DatabasePool, folder: Path, books: dict[str, Path]) -> Iterator[Store]:
    with database_pool.store() as store:
        meter_in_two_currencies(store, folder, books)
        forget_currency(store)
        yield store


def meter_in_two_currencies(store: Store, folder: Path, books: dict[str, Path]) -> None:
    meter(store, folder, ["ann"], books["eur"])
    meter(store, folder, ["bob"], books["gbp"])


@pytest.fixture(scope="class")
def three_of_ann(database_pool: DatabasePool, folder: Path, books: dict[str, Path]) -> Iterator[Store]:
    """Three calls of ann, in EUR, in GBP, and in USD by a book that is gone."""
    with database_pool.store() as store:
        for name in ("eur", "gbp", "old"):
            meter(store, folder, ["ann"], books[name], event_id=name)
        yield store


@pytest.fixture(scope="class")
def dollars(database_pool: DatabasePool, folder: Path) -> Iterator[Store]:
    """A call of ann and one of bob, both by the packaged book."""
    with database_pool.store() as store:
        meter(store, folder, ["ann", "bob"])
        yield store


@pytest.fixture
def old_without_currency(store: Store, folder: Path, books: dict[str, Path]) -> Store:
    """A call of ann, by a book that is gone."""
    meter(store, folder, ["ann"], books["old"])
    forget_currency(store)
    return store


def forget_currency(store: Store) -> None:
    """Leave the rows as versions before `cost_currency` stored them."""
    with store.client() as client:
        client.command("ALTER TABLE llm_usage_hourly UPDATE cost_currency = '' WHERE true SETTINGS mutations_sync = 1")


def given(prices: Sequence[Path]) -> list[object]:
    return [word for path in prices for word in ("--prices", path)]


def succeeded(result: Result) -> Result:
    assert result.exit_code == 0, (result.output, result.exception)
    return result


def report(store: Store, *prices: Path, form: str = "--wide") -> Result:
    arguments = ("report", "llm", "--by", "consumer_id", form, *store.flags, *given(prices))
    return invoked(*arguments, env=ON_ONE_LINE)


class TestOneCurrency:
    def test_the_currency_of_the_given_book_is_in_the_heading(self, euros: Store, books: dict[str, Path]) -> None:
        shown = succeeded(report(euros, books["eur"])).stdout
        assert f"{HEADING} (EUR)" in shown
        assert NOT_KNOWN not in shown
        assert cells(shown, "total")[:4] == ["total", "2", "4", "2,000,000"]

    @pytest.mark.long(reason="explains once more; an explained amount names its currency in `make test`")
    def test_an_explained_cost_is_in_its_currency(self, euros: Store, books: dict[str, Path]) -> None:
        arguments = ("explain", *NUMBER, "llm_cost_computed", *euros.flags, "--prices", books["eur"])
        known = succeeded(invoked(*arguments)).stdout
        assert known.startswith("llm_cost_computed of ann in 2026-02: 2 EUR (")


class TestCurrencyNotKnown:
    def test_costs_of_a_book_that_is_not_given_have_no_currency(self, euros_without_currency: Store) -> None:
        shown = succeeded(report(euros_without_currency)).stdout
        assert f"{NOT_KNOWN} version p/m#" in shown
        assert "give the book with --prices BOOK" in shown
        assert f"{HEADING} (" not in shown

    def test_an_explained_cost_has_no_currency(self, euros_without_currency: Store) -> None:
        arguments = ("explain", *NUMBER, "llm_cost_computed", *euros_without_currency.flags)
        unknown = succeeded(invoked(*arguments, env=ON_ONE_LINE)).stdout
        assert unknown.startswith("llm_cost_computed of ann in 2026-02: 2 (")
        assert NOT_KNOWN in unknown


class TestTwoCurrencies:
    def test_rows_that_name_their_currencies_are_apart_and_not_added(self, two_currencies: Store) -> None:
        arguments = ("report", "llm", "--by", "provider", *two_currencies.flags, "--wide")
        shown = succeeded(invoked(*arguments, env=ON_ONE_LINE)).stdout
        assert "costs are in EUR and GBP: each row has one currency, and there is no total" in shown
        assert cells(shown, "EUR")[:4] == ["EUR", "1", "2", "1,000,000"]
        assert cells(shown, "GBP")[:4] == ["GBP", "1", "3", "1,000,000"]
        assert cells(shown, "total")[:3] == ["total", "2", "2,000,000"]
        [*rows] = json.loads(report(two_currencies, form="--json").stdout)
        assert {row["consumer_id"]: (row["cost_currency"], row["cost_computed"]) for row in rows} == {
            "ann": ("EUR", "2"),
            "bob": ("GBP", "3"),
        }

    def test_one_consumer_of_two_currencies_is_reported(self, two_currencies: Store, books: dict[str, Path]) -> None:
        arguments = ("report", "llm", "--consumer", "ann", *two_currencies.flags, "--prices", books["eur"])
        assert f"{HEADING} (EUR)" in succeeded(invoked(*arguments, env=ON_ONE_LINE)).stdout


class TestTwoThatAreNotStored:
    @pytest.mark.parametrize("form", ["--wide", "--json", "--csv"])
    def test_two_currencies_that_books_know_are_refused(
        self, two_without_currency: Store, books: dict[str, Path], form: str
    ) -> None:
        result = report(two_without_currency, books["eur"], books["gbp"], form=form)
        assert isinstance(result.exception, ConflictError)
        assert result.exception.exit_code == ExitCode.CONFLICT
        assert "costs are stored in EUR (p/m#" in str(result.exception)
        assert "and in GBP (p/m#" in str(result.exception)
        assert "gatemeter reprice --prices BOOK" in str(result.exception)
        assert result.stdout == ""

    def test_of_two_own_books_the_one_left_out_is_unknown(
        self, two_without_currency: Store, books: dict[str, Path]
    ) -> None:
        shown = succeeded(report(two_without_currency, books["gbp"])).stdout
        assert f"{NOT_KNOWN} version p/m#" in shown
        assert f"{HEADING} (" not in shown
        assert cells(shown, "total")[:3] == ["total", "2", "2,000,000"]


class TestThreeOfOneConsumer:
    def test_one_number_of_two_currencies_is_refused(self, three_of_ann: Store) -> None:
        result = invoked("explain", *three_of_ann.flags, *NUMBER, "llm_cost_computed")
        assert isinstance(result.exception, ConflictError)

    def test_repricing_adds_no_costs_before_of_two_currencies(self, three_of_ann: Store, tmp_path: Path) -> None:
        doubtful = tmp_path / "doubtful.toml"
        doubtful.write_text(book("USD", 4).replace("model", "doubtful = 'old', model"), encoding="utf-8")
        arguments = ("reprice", *three_of_ann.flags, "--prices", doubtful, "--dry-run")
        rows = json.loads(succeeded(invoked(*arguments, "--json")).stdout)
        found = {row["currency_before"]: (row["cost_before"], row["cost_after"], row["difference"]) for row in rows}
        assert found == {"EUR": ("2", "4", None), "GBP": ("3", "4", None), "USD": ("9", "4", "-5")}
        assert {row["currency_after"] for row in rows} == {"USD"}
        shown = succeeded(invoked(*arguments, "--wide", env=ON_ONE_LINE)).stdout
        assert "costs before in EUR and GBP have no difference: costs after are in USD" in shown
        assert "all costs before: 2 EUR and 3 GBP and 9 USD" in shown
        assert cells(shown, "total")[:3] == ["total", "3", "12"]


class TestReprice:
    def test_reprice_compares_no_costs_of_two_currencies(self, dollars: Store, books: dict[str, Path]) -> None:
        arguments = ("reprice", *dollars.flags, "--prices", books["eur"], "--dry-run")
        shown = succeeded(invoked(*arguments, env=ON_ONE_LINE)).stdout
        assert "costs before are in another currency, so there is no difference" in shown
        assert "cost_before (USD)" in shown
        assert "cost_after (EUR)" in shown
        assert cells(shown, "total") == ["total", "2", "4"]
        rows = json.loads(succeeded(invoked(*arguments, "--json")).stdout)
        assert [(row["cost_before"], row["cost_after"], row["difference"]) for row in rows] == [("1", "2", None)] * 2

    def test_repricing_has_totals_where_all_costs_are_in_one_currency(
        self, dollars: Store, books: dict[str, Path]
    ) -> None:
        arguments = ("reprice", *dollars.flags, "--dry-run", *given([books["old"]]))
        shown = succeeded(invoked(*arguments, env=ON_ONE_LINE)).stdout
        assert cells(shown, "total") == ["total", "2", "2", "18", "16"]


def test_a_known_and_an_unknown_currency_have_no_total(store: Store, folder: Path, books: dict[str, Path]) -> None:
    meter(store, folder, ["ann"], books["eur"])
    forget_currency(store)
    meter(store, folder, ["bob"])
    shown = succeeded(report(store)).stdout
    assert f"{NOT_KNOWN} version p/m#" in shown
    assert f"{HEADING} (" not in shown
    assert cells(shown, "ann")[:5] == ["ann", "-", "ann", "1", "2"]
    assert cells(shown, "total")[:3] == ["total", "2", "2,000,000"]


def test_prices_of_a_book_that_is_gone_are_unknown_until_reprice(old_without_currency: Store) -> None:
    assert NOT_KNOWN in report(old_without_currency).stdout
    as_json = report(old_without_currency, form="--json")
    assert [row["cost_computed"] for row in json.loads(as_json.stdout)] == ["9"]
    assert as_json.stderr.startswith(NOT_KNOWN)
    says_that_the_old_currency_is_unknown(old_without_currency)
    succeeded(invoked("reprice", *old_without_currency.flags))
    shown = succeeded(report(old_without_currency)).stdout
    assert f"{HEADING} (USD)" in shown
    assert NOT_KNOWN not in shown


def says_that_the_old_currency_is_unknown(store: Store) -> None:
    """Check what `reprice` would do, as people and as programs get it."""
    arguments = ("reprice", *store.flags, "--dry-run")
    shown = succeeded(invoked(*arguments, env=ON_ONE_LINE)).stdout
    assert "the difference is one only if costs before are in USD too: no given price book has price version" in shown
    assert "cost_after (USD)" in shown
    assert "cost_before (" not in shown
    assert "difference (" not in shown
    [row] = json.loads(succeeded(invoked(*arguments, "--json")).stdout)
    assert (row["cost_before"], row["cost_after"], row["difference"]) == ("9", "1", "-8")


def test_an_explained_cost_says_what_is_not_in_it(store: Store, folder: Path) -> None:
    (folder / "none.toml").write_text("currency = 'EUR'\nentries = []", encoding="utf-8")
    meter(store, folder, ["ann"])
    number = ("explain", *store.flags, *NUMBER)
    assert "1 of 1 calls have no reported cost" in succeeded(invoked(*number, "llm_cost_reported")).stdout
    succeeded(invoked("reprice", *store.flags, "--prices", folder / "none.toml"))
    shown = succeeded(invoked(*number, "llm_cost_computed", "--json")).stdout
    assert json.loads(shown)["doubts"] == ["1 of 1 calls are unpriced and not in it"]


def cells(shown: str, first: str) -> list[str]:
    """The cells of the line that begins with `first`."""
    [line] = [line for line in shown.splitlines() if line.startswith(first)]
    return line.split()
