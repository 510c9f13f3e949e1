"""`gatemeter reprice` from the command line, on what `gatemeter meter` has stored."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from gatemeter.cli.commands import reprice
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import ClickHouseUnavailable, DataDirError, ExitCode, RetryableError, SettingsError
from gatemeter.pricing import book_files
from gatemeter.schema import LLM_USAGE, TableRows
from tests.support.command_in_process import invoked, read
from tests.support.databases import DatabasePool, Store
from tests.support.gatemeter_command import run as run_process
from tests.support.kong_events import HOUR_S, event_text
from tests.support.smoke import smoke
from tests.support.stored_table import read_all_stored, read_stored

pytestmark = pytest.mark.clickhouse

DAY_S = 86_400
A = "currency = 'USD'\nentries = [{provider = 'p', model = 'm', prices = {input = 1, output = 2}}]"
B = """
currency = 'USD'
entries = [
  {provider = "p", model = "m", prices = {input = 3, output = 2}},
  {provider = "p", model = "n", prices = {input = 5, output = 5}},
]
"""
COSTS = (
    *("cost_computed", "embeddings_cost", "cost_savings", "unpriced_calls", "cost_evidence", "price_version"),
    *("cost_currency", "cost_gaps"),
)


def call(event_id: str, consumer: str, model: str, at_s: int) -> bytes:
    """100 prompt and 10 completion tokens, reported at 4.6800000000000006e-05."""
    usage = '{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110,"cost":4.6800000000000006e-05}'
    meta = f'{{"provider_name":"p","request_model":"{model}","request_mode":"oneshot","llm_latency":912}}'
    extra = f'"consumer":{{"id":"{consumer}"}},"ai":{{"proxy":{{"usage":{usage},"meta":{meta}}}}}'
    return event_text(event_id=f'"{event_id}"', started_at=at_s * 1000, extra=extra)


# Two calls of `a` and one of `b` to a known model and one of `b` to an unknown one, on each of three days.
LINES = [
    line
    for day in range(3)
    for line in (
        call(f"{day}-1", "a", "m", HOUR_S + day * DAY_S),
        call(f"{day}-2", "a", "m", HOUR_S + day * DAY_S + 3_600),
        call(f"{day}-3", "b", "m", HOUR_S + day * DAY_S),
        call(f"{day}-4", "b", "n", HOUR_S + day * DAY_S),
    )
]
NO_OTHER_COSTS = {
    **dict.fromkeys(("embeddings_before", "embeddings_after", "savings_before", "savings_after"), "0"),
    **dict.fromkeys(("currency_before", "currency_after"), "USD"),
}
DIFFERENCES = [
    {
        "consumer_id": "a", "provider": "p", "model": "m", "calls": 6, "cost_before": "0.00072",
        "cost_after": "0.00192", "difference": "0.0012", "unpriced_before": 0, "unpriced_after": 0, **NO_OTHER_COSTS,
    },
    {
        "consumer_id": "b", "provider": "p", "model": "m", "calls": 3, "cost_before": "0.00036",
        "cost_after": "0.00096", "difference": "0.0006", "unpriced_before": 0, "unpriced_after": 0, **NO_OTHER_COSTS,
    },
    {
        "consumer_id": "b", "provider": "p", "model": "n", "calls": 3, "cost_before": None,
        "cost_after": "0.00165", "difference": "0.00165", "unpriced_before": 3, "unpriced_after": 0, **NO_OTHER_COSTS,
        "currency_before": None,
    },
]  # fmt: skip
COSTS_BEFORE = [("a", "m", "0.00072", 0), ("b", "m", "0.00036", 0), ("b", "n", None, 3)]
COSTS_AFTER = [("a", "m", "0.00192", 0), ("b", "m", "0.00096", 0), ("b", "n", "0.00165", 0)]


def run(*arguments: object, expect: type[Exception] | None = None) -> Result:
    result = invoked(*arguments)
    if expect is None:
        assert result.exit_code == 0, (result.output, result.exception)
    else:
        assert isinstance(result.exception, expect), result.output
    return result


@pytest.fixture(autouse=True, scope="module")
def _small_price_book() -> Iterator[None]:
    """Reading the packaged one again and again takes longer than the rest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(book_files, "packaged_books", lambda: [book_files.book_from_text("currency = 'USD'", "seed")])
        yield


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("prices")
    for name, text in (("a", A), ("b", B)):
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.toml" for name in ("a", "b")}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of `LINES`."""
    path = tmp_path_factory.mktemp("logs") / "access.log"
    path.write_bytes(b"".join(line + b"\n" for line in LINES))
    return path


def metered(store: Store, log: Path, prices: Mapping[str, Path]) -> Store:
    """The store, with `LINES` metered with the prices A."""
    run("meter", log, *store.flags, "--prices", prices["a"])
    return store


@pytest.fixture
def data(store: Store, log: Path, prices: dict[str, Path]) -> Store:
    """A store that holds `LINES`, metered with the prices A."""
    return metered(store, log, prices)


@pytest.fixture(scope="module")
def kept(module_store: Store, log: Path, prices: dict[str, Path]) -> Store:
    """As `data`, for all tests that change nothing."""
    return metered(module_store, log, prices)


@dataclass(frozen=True, slots=True)
class Repriced:
    """A store with the prices B in place of A, for all tests that change nothing, and what it was before."""

    store: Store
    before: dict[str, list[Mapping[str, Any]]]
    report_before: list[dict[str, Any]]
    said: Result


@pytest.fixture(scope="module")
def repriced(database_pool: DatabasePool, log: Path, prices: dict[str, Path]) -> Iterator[Repriced]:
    with database_pool.store() as store:
        metered(store, log, prices)
        before, report = stored(store), read("report", "llm", *store.flags)
        yield Repriced(store, before, report, run("reprice", *store.flags, "--prices", prices["b"], "--json"))


def stored(data: Store) -> dict[str, list[Mapping[str, Any]]]:
    """All that a reader of any table sees."""
    with data.client() as client:
        return read_all_stored(client)


def stored_calls(data: Store) -> list[Mapping[str, Any]]:
    with data.client() as client:
        return read_stored(client, LLM_USAGE)


def costs(data: Store) -> list[tuple[str, str, str | None, int]]:
    rows = read("report", "llm", *data.flags, "--by", "consumer_id,request_model")
    return [(row["consumer_id"], row["request_model"], row["cost_computed"], row["unpriced_calls"]) for row in rows]


def without_costs(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [{column: value for column, value in row.items() if column not in COSTS} for row in rows]
        for name, rows in tables.items()
    }


def differences(result: Result) -> list[dict[str, Any]]:
    """The rows without their reasons, which quote versions of prices."""
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    assert all(" -> " in row.pop("reason") and row.pop("price_version") for row in rows)
    return rows


def test_a_dry_run_shows_the_difference_and_writes_nothing(kept: Store, prices: dict[str, Path]) -> None:
    before = stored(kept)
    result = run("reprice", *kept.flags, "--prices", prices["b"], "--dry-run", "--json")
    assert differences(result) == DIFFERENCES
    assert result.stderr == "12 of 12 rows would change; nothing was written\n"
    assert stored(kept) == before
    assert costs(kept) == COSTS_BEFORE


def test_new_costs_are_written_and_nothing_else_changes(repriced: Repriced) -> None:
    assert differences(repriced.said) == DIFFERENCES
    assert repriced.said.stderr == "12 of 12 rows have new costs now\n"
    assert costs(repriced.store) == COSTS_AFTER
    after = stored(repriced.store)
    assert without_costs(after) == without_costs(repriced.before)
    assert {row["cost_evidence"] for row in after[LLM_USAGE.name]} == {"computed"}


def test_the_report_keeps_tokens_latencies_and_reported_costs(repriced: Repriced) -> None:
    after = read("report", "llm", *repriced.store.flags)
    changed = {"cost_computed", "unpriced_calls"}
    assert [{name: row[name] for name in row if name not in changed} for row in after] == [
        {name: row[name] for name in row if name not in changed} for row in repriced.report_before
    ]
    assert [row["cost_reported"] for row in after] == [
        "0.000280800000000000036", "0.000140400000000000018", "0.000140400000000000018",
    ]  # fmt: skip


def test_a_second_run_finds_nothing_to_change(repriced: Repriced, prices: dict[str, Path]) -> None:
    before = stored(repriced.store)
    result = run("reprice", *repriced.store.flags, "--prices", prices["b"], "--json")
    assert (differences(result), result.stderr) == ([], "0 of 12 rows change; there was nothing to write\n")
    assert stored(repriced.store) == before


def test_repriced_rows_are_those_of_metering_with_the_new_prices(
    repriced: Repriced, store: Store, log: Path, prices: dict[str, Path]
) -> None:
    run("meter", log, *store.flags, "--prices", prices["b"])
    assert stored_calls(repriced.store) == stored_calls(store)


def test_metering_again_with_the_old_prices_puts_the_old_costs_back(
    data: Store, log: Path, prices: dict[str, Path]
) -> None:
    """The last insert wins: whoever counts again must be given the new book too."""
    run("reprice", *data.flags, "--prices", prices["b"])
    run("meter", log, *data.flags, "--prices", prices["a"])
    assert costs(data) == COSTS_BEFORE


@pytest.mark.parametrize(
    ("span", "rows", "days"),
    smoke(
        [
            (["--from", "2026-02-04T11:00", "--to", "2026-02-05T11:00"], 4, {4, 5}),
            (["--from", "2026-02-04", "--to", "2026-02-05"], 4, {4}),
            (["--from", "2026-02-04"], 8, {4, 5}),
            (["--to", "2026-02-04"], 4, {3}),
            (["--from", "2026-03"], 0, set()),
        ],
        1,
        reason="unit tests of spans have each way to say one",
    ),
)
def test_only_the_hours_in_between_change(
    data: Store, prices: dict[str, Path], span: list[str], rows: int, days: set[int]
) -> None:
    before = stored_calls(data)
    result = run("reprice", *data.flags, "--prices", prices["b"], *span)
    after = stored_calls(data)
    changed = [row for row in after if row not in before]
    assert f" of {rows} rows " in result.stderr
    assert (len(changed), {row["hour"].day for row in changed}) == (rows, days)


def test_the_end_is_not_in_the_span(kept: Store, prices: dict[str, Path]) -> None:
    result = run(
        "reprice", *kept.flags, "--prices", prices["b"], "--json", "--dry-run",
        "--from", "2026-02-03T10:00", "--to", "2026-02-03T11:00",
    )  # fmt: skip
    assert [row["calls"] for row in differences(result)] == [1, 1, 1]


class DiesAfter(ClickHouseSink):
    """Stores what it is given in the first calls, then nothing works any more."""

    left = 0

    def write(self, batch: Sequence[TableRows]) -> None:
        if DiesAfter.left == 0:
            raise RetryableError("gone", where="http://somewhere")
        DiesAfter.left -= 1
        super().write(batch)


@pytest.mark.parametrize("writes", smoke([1, 0, 2], 1, reason="the next run finishes it, whatever was written"))
def test_a_run_that_died_in_the_middle_is_finished_by_the_next(
    data: Store, prices: dict[str, Path], writes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored(data)
    with monkeypatch.context() as patched:
        patched.setattr(reprice, "ClickHouseSink", DiesAfter)
        DiesAfter.left = writes
        run("reprice", *data.flags, "--prices", prices["b"], expect=ClickHouseUnavailable)
    assert without_costs(stored(data)) == without_costs(before)
    result = run("reprice", *data.flags, "--prices", prices["b"], "--json")
    assert sum(row["calls"] for row in differences(result)) == 12 - 4 * writes
    assert costs(data) == COSTS_AFTER


def test_people_get_a_table_of_what_changes(kept: Store, prices: dict[str, Path]) -> None:
    result = run("reprice", *kept.flags, "--prices", prices["b"], "--dry-run")
    caption_and_header = result.stdout.partition("----")[0]
    assert [name for name in reprice.COLUMNS if name not in caption_and_header] == []
    assert "0.00165" in result.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("entries = 7", "currency: is missing (and 1 more); write it"),
        (
            "currency = 'USD'\nentries = [{provider = 'p', model = 'm', prices = {input = -1}}]",
            "-1 is negative; write 0 or more",
        ),
        ("currency = [", "is not valid TOML"),
    ],
)
def test_a_bad_price_file_is_refused_before_anything_is_opened(tmp_path: Path, text: str, said: str) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(text, encoding="utf-8")
    result = run("reprice", "--data", tmp_path / "none", "--prices", wrong, expect=SettingsError)
    assert said in str(result.exception)
    assert result.stdout == ""


def test_a_bad_price_file_is_one_line_and_the_exit_code_of_usage(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(
        "currency = 'USD'\nentries = [{provider = 'p', model = 'm', prices = {input = -1}}]", encoding="utf-8"
    )
    done = run_process("reprice", "--data", tmp_path / "none", "--prices", wrong, expect=ExitCode.USAGE)
    assert done.stdout == ""
    assert done.stderr == (f"gatemeter: {wrong} entry 1 (p/m) prices.1.input: -1 is negative; write 0 or more\n")


def test_where_nothing_was_metered_there_is_nothing_to_price(tmp_path: Path) -> None:
    run("reprice", "--data", tmp_path / "none", expect=DataDirError)
