"""Seals of stored epochs: what keeps them, what breaks them, and what a kept file adds."""

import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.errors import InputError
from gatemeter.logfiles.lines import read_line_batches
from gatemeter.sources import file_log
from tests.support.command_in_process import invoked, read, run
from tests.support.databases import NewStore, Store
from tests.support.kong_events import request_line
from tests.support.overlapping_logs import ai_line, write
from tests.support.restored_rows import RestoredStore

pytestmark = pytest.mark.clickhouse

MOVED = (
    "ALTER TABLE api_usage_hourly "
    "UPDATE latency_request_buckets = arrayMap(each -> toUInt16(each + 1), latency_request_buckets)"
)
"""A change that is possible by itself: only seals, and the log, tell of it."""

LINES = [
    ai_line(1),
    *(request_line(f"r{number}", consumer=f"c{number % 3}") for number in range(8)),
    b"torn",
    ai_line(2),
]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody writes to these stores, so a difference need not be looked for again later. Epochs are of four lines."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(file_log, "EPOCH_LINES", 4)
    monkeypatch.setattr(file_log, "read_line_batches", partial(read_line_batches, batch_lines=4))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sealed")


@pytest.fixture
def log(folder: Path) -> Path:
    return write(folder / "access.log", LINES)


@pytest.fixture
def sealed(restored_store: RestoredStore, log: Path) -> Store:
    """The log, metered and sealed."""

    def fill(store: Store) -> None:
        run("meter", log, *store.flags)
        run("seal", "add", *store.flags)

    return restored_store.holding("sealed", fill)


def seals(store: Store, *options: object) -> list[str]:
    """The findings of the check `seals`: their table and detail."""
    verification = _verified(store, *options)
    return [f"{each['table']}: {each['detail']}" for each in verification["findings"] if each["check"] == "seals"]


def unchecked(store: Store) -> list[str]:
    return [each for each in _verified(store)["unchecked"] if each.startswith("seals")]


def _verified(store: Store, *options: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(invoked("verify", *store.flags, "--json", *options).stdout)
    return found


def exported(store: Store, path: Path) -> str:
    run("seal", "export", path, *store.flags)
    return path.read_text()


def change(client: Client, statement: str) -> None:
    client.command(statement, settings={"mutations_sync": 2})


@pytest.mark.long(reason="meters and rebuilds; seals of changed rows are in `make test`")
def test_metering_again_merging_and_rebuilding_keep_the_seals(
    sealed: Store, log: Path, tmp_path: Path, new_store: NewStore
) -> None:
    heads = exported(sealed, tmp_path / "heads.jsonl")
    moved = log.rename(tmp_path / "moved.log")
    run("meter", moved, *sealed.flags)
    with sealed.client() as client:
        for table in ("api_usage_hourly", "llm_usage_hourly", "epoch_ledger"):
            client.command(f"OPTIMIZE TABLE {table} FINAL")
    assert seals(sealed, "--seal", tmp_path / "heads.jsonl") == []
    other = new_store()
    run("rebuild", moved, *other.flags)
    run("seal", "add", *other.flags)
    assert exported(other, tmp_path / "other.jsonl").replace(str(moved), str(log)) == heads


CHANGES = [
    (f"{MOVED} WHERE epoch_first_offset = 0", "usage: its rows are not"),
    ("ALTER TABLE llm_usage_hourly UPDATE cost_computed = 1 WHERE 1", "llm_usage_hourly: its costs are not"),
    ("ALTER TABLE epoch_ledger DELETE WHERE epoch_first_offset = 0", "epoch_ledger: the sealed epoch is gone"),
    ("ALTER TABLE monthly_requests UPDATE requests = 9 WHERE epoch_first_offset = 4", "usage: its rows are not"),
    ("ALTER TABLE epoch_ledger UPDATE rules = '3' WHERE epoch_first_offset = 4", "usage: its rows are not"),
    ("ALTER TABLE llm_usage_hourly UPDATE web_searches = 1 WHERE 1", "usage: its rows are not"),
    ("ALTER TABLE llm_usage_hourly UPDATE cost_gaps = 'x' WHERE 1", "llm_usage_hourly: its costs are not"),
    ("ALTER TABLE dead_letters UPDATE reason = 'x' WHERE 1", "dead_letters: they are not those"),
    ("ALTER TABLE seals UPDATE usage_hash = 'x' WHERE epoch_first_offset = 0", "seals: its seal does not follow"),
]
"""Statements that change rows, and what the check then says."""


def test_changed_rows_of_sealed_epochs_are_found(sealed: Store) -> None:
    """Of usage and of costs alone; that nothing is found before is what the test of seals written anew shows."""
    with sealed.client() as client:
        for statement, _ in CHANGES[:2]:
            change(client, statement)
    found = seals(sealed)
    for _, said in CHANGES[:2]:
        assert any(each.startswith(said) for each in found), found


@pytest.mark.long(reason="verifies twice for each change; one of usage and one of costs are found in `make test`")
@pytest.mark.parametrize(("statement", "said"), CHANGES)
def test_a_changed_row_of_a_sealed_epoch_is_found(sealed: Store, statement: str, said: str) -> None:
    assert seals(sealed) == []
    with sealed.client() as client:
        change(client, statement)
    assert any(each.startswith(said) for each in seals(sealed)), seals(sealed)


def test_seals_written_anew_over_changed_rows_need_the_file(sealed: Store, tmp_path: Path) -> None:
    exported(sealed, tmp_path / "heads.jsonl")
    with sealed.client() as client:
        change(client, f"{MOVED} WHERE epoch_first_offset = 0")
        client.command("TRUNCATE TABLE seals")
    run("seal", "add", *sealed.flags)
    assert seals(sealed) == []
    assert seals(sealed, "--seal", tmp_path / "heads.jsonl") == [
        "seals: the rows up to here are not those of the file with the seals"
    ]


@pytest.mark.long(reason="seals written anew are found by the file in `make test`")
def test_a_log_that_is_gone_from_all_tables_is_found_by_the_file(sealed: Store, tmp_path: Path) -> None:
    exported(sealed, tmp_path / "heads.jsonl")
    with sealed.client() as client:
        for (table,) in client.query("SHOW TABLES LIKE '%hourly'").result_rows:
            client.command(f"TRUNCATE TABLE {table}")
        for table in ("monthly_requests", "epoch_ledger", "seals", "dead_letters"):
            client.command(f"TRUNCATE TABLE {table}")
    assert any(
        "sealed epochs of the file are gone" in each for each in seals(sealed, "--seal", tmp_path / "heads.jsonl")
    )


@pytest.mark.long(reason="meters and seals several times")
def test_an_open_epoch_may_grow_and_is_sealed_again(sealed: Store, log: Path) -> None:
    write(log, [*LINES, request_line("later")])
    run("meter", log, *sealed.flags)
    assert seals(sealed) == []
    assert unchecked(sealed) == [
        "seals of 1 epoch: sealed while they were open, and grown since; gatemeter seal add seals them again"
    ]
    assert run("seal", "add", *sealed.flags).stdout == "1 epoch sealed\n"
    assert (seals(sealed), unchecked(sealed)) == ([], [])
    assert run("seal", "add", *sealed.flags).stdout == "0 epochs sealed\n"


@pytest.mark.long(reason="meters, reprices and seals several times")
def test_repricing_breaks_the_seal_of_costs_until_it_is_renewed(sealed: Store, tmp_path: Path) -> None:
    book = tmp_path / "prices.toml"
    book.write_text(
        "currency = 'USD'\nentries = [{provider = 'openai', model = 'gpt-4o-mini', prices = {input = 7, output = 7}}]\n"
    )
    exported(sealed, tmp_path / "heads.jsonl")
    run("reprice", *sealed.flags, "--prices", book)
    assert all(each.startswith("llm_usage_hourly: its costs are not") for each in seals(sealed))
    assert seals(sealed)
    run("seal", "add", *sealed.flags, "--costs")
    assert seals(sealed) == []
    said = seals(sealed, "--seal", tmp_path / "heads.jsonl")
    assert {each.partition(";")[0] for each in said} == {
        "seals: the costs up to here are not those of the file with the seals"
    }


@pytest.mark.long(reason="meters, corrects and seals")
def test_the_reason_of_a_correction_is_sealed_too(store: Store, tmp_path: Path) -> None:
    copy = request_line("copy")
    files = [write(tmp_path / f"{name}.log", [request_line(name), copy]) for name in ("one", "two")]
    run("migrate", *store.flags, "--keep-events-days", 10_000)
    run("meter", *files, *store.flags, "--event-ledger")
    run("seal", "add", *store.flags)
    assert len(read("correct", *files, *store.flags, "--reason", "shipped twice")) == 1
    assert seals(store) == []
    run("seal", "add", *store.flags)
    with store.client() as client:
        change(client, "ALTER TABLE corrections UPDATE reason = 'because' WHERE 1")
    assert seals(store) == ["usage: its rows are not those that were sealed"]


def test_an_existing_file_is_not_overwritten(sealed: Store, tmp_path: Path) -> None:
    exported(sealed, tmp_path / "heads.jsonl")
    assert isinstance(invoked("seal", "export", tmp_path / "heads.jsonl", *sealed.flags).exception, InputError)


def test_a_file_that_is_none_of_seals_is_refused(sealed: Store, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"log": 1}\n')
    assert isinstance(invoked("verify", *sealed.flags, "--seal", tmp_path / "x.jsonl").exception, InputError)


@pytest.mark.long(reason="seals written anew are found by the file in `make test`")
def test_an_open_epoch_is_covered_by_the_file_too(sealed: Store, tmp_path: Path) -> None:
    exported(sealed, tmp_path / "heads.jsonl")
    with sealed.client() as client:
        change(client, f"{MOVED} WHERE epoch_first_offset = 8")
        client.command("TRUNCATE TABLE seals")
    run("seal", "add", *sealed.flags)
    assert seals(sealed, "--seal", tmp_path / "heads.jsonl") == [
        "seals: the rows up to here are not those of the file with the seals"
    ]
