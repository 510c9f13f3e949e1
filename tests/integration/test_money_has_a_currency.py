"""One store with costs in USD and costs that a rate converted to EUR: no amount is without its currency."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from gatemeter.errors import ConflictError
from gatemeter.pricing import book_files
from gatemeter.pricing.book_files import price_table
from gatemeter.reports.period import TimeSpan
from gatemeter.verification.stored_costs import check_stored_costs
from tests.support.command_in_process import invoked
from tests.support.databases import Store
from tests.support.kong_events import HOUR_S, event_text

pytestmark = pytest.mark.clickhouse

PACKAGED = "currency = 'USD'\nentries = [{provider = 'p', model = 'm', prices = {input = 2, output = 2}}]"
RATE = (
    "currency = 'EUR'\n"
    "[[exchange_rates]]\nfrom = 'USD'\nto = 'EUR'\nrate = '{}'\nvalid_from = 2026-02-01\nsource = 'the bank'\n"
)
WIDE = {"COLUMNS": "1000"}
NUMBER = ("--period", "2026-02", "--metric")


@pytest.fixture(autouse=True, scope="module")
def _small_price_book() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(book_files, "packaged_books", lambda: [book_files.book_from_text(PACKAGED, "seed")])
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("money")


@pytest.fixture(scope="module")
def euros(folder: Path) -> Path:
    """A book that converts the packaged prices at 0.9."""
    path = folder / "euros.toml"
    path.write_text(RATE.format("0.9"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def data(module_store: Store, folder: Path, euros: Path) -> Store:
    """A million tokens of ann at 2 USD, and of ann and bob at 1.8 EUR each; the gateway reported 5 USD or EUR."""
    meter(module_store, folder / "dollars.log", ["ann"])
    meter(module_store, folder / "euros.log", ["ann", "bob"], "--prices", euros)
    return module_store


def meter(store: Store, log: Path, consumers: Sequence[str], *prices: object) -> None:
    usage = '{"prompt_tokens":600000,"completion_tokens":400000,"total_tokens":1000000,"cost":5}'
    meta = '{"provider_name":"p","request_model":"m"}'
    texts = (
        event_text(
            event_id=f'"{log.stem}-{name}"',
            started_at=HOUR_S * 1000,
            extra=f'"consumer":{{"id":"{name}"}},"ai":{{"proxy":{{"usage":{usage},"meta":{meta}}}}}',
        )
        for name in consumers
    )
    log.write_bytes(b"".join(text + b"\n" for text in texts))
    run("meter", log, *store.flags, *prices)


def run(*arguments: object) -> Result:
    result = invoked(*arguments, env=WIDE)
    assert result.exit_code == 0, (result.output, result.exception)
    return result


def rows_of(text: str) -> list[dict[str, Any]]:
    return list(json.loads(text))


def amounts(rows: Sequence[dict[str, Any]]) -> list[tuple[str, Decimal]]:
    return sorted((row["cost_currency"], Decimal(row["cost_computed"])) for row in rows)


def test_every_form_of_the_report_names_the_currency(data: Store) -> None:
    report = ("report", "llm", "--by", "provider", *data.flags)
    expected = [("EUR", Decimal("3.6")), ("USD", Decimal(2))]
    assert amounts(rows_of(run(*report, "--json").stdout)) == expected
    assert amounts(list(csv.DictReader(io.StringIO(run(*report, "--csv").stdout)))) == expected
    shown = run(*report).stdout
    assert "costs are in EUR and USD: each row has one currency, and there is no total" in shown
    assert {line.split()[0] for line in shown.splitlines()} >= {"EUR", "USD"}
    assert "5.6" not in shown


def test_the_views_have_a_currency_beside_each_amount(data: Store) -> None:
    computed = "SELECT currency, evidence, toString(sum(cost)) FROM llm_costs_computed GROUP BY ALL ORDER BY ALL"
    with data.client() as client:
        costs = [tuple(row) for row in client.query(computed).result_rows]
    assert costs == [("EUR", "estimated", "3.6"), ("USD", "estimated", "2")]


def test_an_explained_amount_names_its_currency_in_json_too(data: Store) -> None:
    bob = ("explain", *data.flags, "--consumer", "bob", *NUMBER)
    assert run(*bob, "llm_cost_computed").stdout.startswith("llm_cost_computed of bob in 2026-02: 1.8 EUR (")
    found = json.loads(run(*bob, "llm_cost_computed", "--json").stdout)
    assert (found["total"], found["currency"]) == ("1.8", "EUR")
    tokens = json.loads(run(*bob, "llm_tokens", "--json").stdout)
    assert tokens["currency"] is None
    ann = invoked("explain", *data.flags, "--consumer", "ann", *NUMBER, "llm_cost_computed")
    assert isinstance(ann.exception, ConflictError)
    assert "EUR" in str(ann.exception)
    assert "USD" in str(ann.exception)


def test_no_difference_is_found_in_converted_costs(data: Store, euros: Path) -> None:
    with data.client() as client:
        [costs] = check_stored_costs(client, TimeSpan(), price_table((euros,))).results
    assert (costs.differences, costs.rows) == (0, 3)


@pytest.mark.long(reason="verifies the whole store; its costs alone are compared in `make test`")
def test_verify_finds_nothing_in_converted_costs(data: Store, euros: Path) -> None:
    shown = run("verify", *data.flags, "--prices", euros, "--json").stdout
    [costs] = [check for check in json.loads(shown)["checks"] if check["check"] == "costs"]
    assert (costs["findings"], costs["looked_at"]["rows"]) == (0, 3)


def test_a_changed_rate_is_the_reason_in_a_dry_run(data: Store, tmp_path: Path) -> None:
    changed = tmp_path / "euros.toml"
    changed.write_text(RATE.format("0.8"), encoding="utf-8")
    rows = rows_of(run("reprice", *data.flags, "--prices", changed, "--dry-run", "--json").stdout)
    found = {(row["consumer_id"], row["currency_before"]): row for row in rows}
    assert {key: (row["cost_before"], row["cost_after"], row["difference"]) for key, row in found.items()} == {
        ("ann", "EUR"): ("1.8", "1.6", "-0.2"),
        ("ann", "USD"): ("2", "1.6", None),
        ("bob", "EUR"): ("1.8", "1.6", "-0.2"),
    }
    rate = "1 USD = {} EUR from 2026-02-01"
    assert found["bob", "EUR"]["reason"] == f"exchange rate: {rate.format('0.9')} -> {rate.format('0.8')}"


@pytest.mark.usefixtures("data")
def test_the_derivation_of_an_event_names_rate_date_and_source(folder: Path, euros: Path) -> None:
    shown = run("decode", folder / "euros.log", "--prices", euros).stdout
    assert "exchange rate: 1 USD = 0.9 EUR from 2026-02-01 (the bank)" in shown
    assert "1.8 EUR" in shown
