"""`gatemeter dead-letters replay`: what is counted after all, and what stays."""

import json
from pathlib import Path
from typing import Any

import pytest

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import ConflictError, ExitCode, InputError, SettingsError
from gatemeter.reports.event_accounting import EventAccount
from gatemeter.schema import TableRows
from tests.support import command_in_process
from tests.support.databases import Store
from tests.support.dead_letter_commands import FROM_1970, OLD, fill, invoked, offsets, read, refusal, run, totals
from tests.support.dead_letters import IN_1970_MS, KEY
from tests.support.kong_events import event_text, request_line
from tests.support.logs import METERING
from tests.support.restored_rows import RestoredStore
from tests.support.smoke import smoke

pytestmark = pytest.mark.clickhouse


@pytest.fixture
def data(restored_store: RestoredStore) -> Store:
    """A store that holds what `VALUES` count, and their five dead letters."""
    return restored_store.holding("dead_letters", fill)


@pytest.fixture(scope="module")
def kept(module_store: Store) -> Store:
    """As `data`, for all tests that change nothing."""
    fill(module_store)
    return module_store


def test_counts_what_can_be_read_and_names_what_stays(data: Store) -> None:
    summary = read("replay", *data.flags, *FROM_1970)
    assert [(letter["place"], letter["fate"], letter["reason"]) for letter in summary.pop("left")] == [
        ("id-1:0:2:1:0", "still_rejected", "invalid_utf8"),
        ("id-1:0:5:1:0", "still_rejected", "not_an_access_log_event"),
    ]
    assert summary == {
        "replayed": 3,
        "counted": 2,
        "duplicates": 1,
        "other_kind": 0,
        "partly_replayed": 0,
        "still_rejected": 2,
        "not_kept_whole": 0,
        "sealed": 0,
        "unfinished": 0,
    }
    assert offsets(*data.flags) == [2, 5]


def test_reports_hold_the_replayed_events(data: Store) -> None:
    run("replay", *data.flags, *FROM_1970)
    billable = command_in_process.read("report", "billable", *data.flags)
    assert {(row["period"], row["consumer_id"], row["requests"]) for row in billable} == {
        ("1970-01", "x", 1),
        ("1970-01", "anonymous", 1),
        ("2026-02", "con-1", 1),
    }
    with data.client() as client:
        assert client.query("SELECT prompt_tokens FROM llm_usage").result_rows == [(1000,)]


def test_the_account_of_every_event_holds(data: Store) -> None:
    assert totals(data).dead_letters == 5
    run("replay", *data.flags, *FROM_1970)
    assert totals(data) == EventAccount(
        consumed=6, counted=3, duplicates=1, dead_letters=2, other_kind=0, holds=True, rows_agree=True
    )


def test_a_second_replay_and_a_recount_change_nothing(data: Store) -> None:
    run("replay", *data.flags, *FROM_1970)
    before = totals(data)
    assert read("replay", *data.flags, *FROM_1970)["replayed"] == 0
    fill(data)
    assert totals(data) == before


def test_a_dry_run_says_the_same_and_writes_nothing(data: Store) -> None:
    before = totals(data)
    dry = run("replay", *data.flags, *FROM_1970, "--dry-run", "--json")
    assert "nothing was written (--dry-run)" in dry.stderr
    assert totals(data) == before
    assert json.loads(dry.stdout) == read("replay", *data.flags, *FROM_1970)


@pytest.mark.parametrize(
    ("arguments", "left"),
    smoke(
        [
            (["id-1:0:4:1:0", "id-1:0:1:1:0", "id-1:0:4:1:0"], [2, 3, 5]),
            (["--from", "2026-02-03T13:00"], [1, 2, 5]),
            (["id-1:0:4:1:0"], [1, 2, 3, 5]),
            (["--reason", "invalid_utf8"], [1, 2, 3, 4, 5]),
        ],
        2,
        reason="`make test` chooses by place and by time; filters by reason are those of the list",
    ),
)
def test_only_the_chosen_dead_letters_are_replayed(data: Store, arguments: list[str], left: list[int]) -> None:
    run("replay", *data.flags, *FROM_1970, *arguments)
    assert offsets(*data.flags) == left


def test_the_text_says_what_to_do(data: Store) -> None:
    result = run("replay", *data.flags)
    assert result.stdout.startswith(
        "replayed 0 dead letters: counted 0 + duplicates 0 + other kind 0\nleft 5: partly replayed 0, still"
    )
    assert "still rejected: correct the event and replay it with --corrected FILE" in result.stderr
    assert "unfinished: " not in result.stderr


def test_what_is_masked_is_not_replayed_without_the_key(store: Store) -> None:
    masked = event_text(started_at=IN_1970_MS, extra='"headers":{"apikey":"k"}')
    fill(store, [masked])
    summary = read("replay", *store.flags, *FROM_1970, env={})
    assert (summary["sealed"], summary["replayed"]) == (1, 0)
    fill(store, [masked], METERING)
    assert read("replay", *store.flags, *FROM_1970)["not_kept_whole"] == 1


def test_a_corrected_event_replaces_its_dead_letter(data: Store, tmp_path: Path) -> None:
    (tmp_path / "event.json").write_bytes(request_line("mended") + b"\n")
    arguments = ["replay", "id-1:0:5:1:0", *data.flags, "--corrected", tmp_path / "event.json"]
    assert read(*arguments)["counted"] == 1
    assert totals(data).counted == 2
    assert "no dead letter stands here" in str(refusal(*arguments))


def test_the_last_line_of_a_file_is_left_to_the_file(store: Store, tmp_path: Path) -> None:
    log, data = tmp_path / "access.log", store
    log.write_bytes(request_line("a") + b"\n" + OLD)
    command_in_process.run("meter", log, *store.flags, env=KEY)
    assert read("replay", *data.flags, *FROM_1970)["unfinished"] == 1
    (place,) = [row["place"] for row in read("list", *data.flags)]
    assert isinstance(refusal("replay", place, *data.flags, "--corrected", log), ConflictError)
    log.write_bytes(request_line("a") + b"\n" + OLD + b"\n")
    command_in_process.run("meter", log, *store.flags, env=KEY)
    assert read("replay", *data.flags, *FROM_1970)["replayed"] == 1
    assert (totals(data).counted, totals(data).rows_agree) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["id-1:0:0:1:0"], "id-1:0:0:1:0: no dead letter stands here"),
        (["id-1"], "PLACE: 'id-1' is not a LOG:PARTITION:OFFSET:LINE:INDEX"),
        (["id-1:0:1:1:0", "--topic", "access"], "both a PLACE and a choice of dead letters are given"),
        (["--corrected", "x"], "--corrected takes the place of one dead letter; name the one PLACE"),
        (["id-1:0:1:1:0", "id-1:0:2:1:0", "--corrected", "x"], "--corrected takes the place of one dead letter"),
        (["--earliest", "2020-01-01", "--latest", "2019-01-01"], "--earliest 2020-01-01 is not before"),
    ],
)
def test_what_cannot_be_meant_is_refused(kept: Store, arguments: list[str], message: str) -> None:
    error = refusal("replay", *arguments, *kept.flags)
    assert isinstance(error, SettingsError)
    assert str(error).startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        (b"{}", "cannot be counted either: empty_object"),
        (b"7\n8", "holds 2"),
    ],
)
def test_a_bad_correction_is_refused(kept: Store, tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "event.json"
    if content is not None:
        path.write_bytes(content)
    error = refusal("replay", "id-1:0:1:1:0", *kept.flags, "--corrected", path)
    assert isinstance(error, InputError)
    assert str(error).startswith(f"{path}: {message}")
    assert offsets(*kept.flags) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("tables", smoke((2, 0, 1, 3, 4), 1, reason="whatever is stored, it is finished alike"))
def test_killed_in_the_middle_and_run_again(data: Store, tables: int, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    insert = ClickHouseSink._insert

    def insert_or_die(self: ClickHouseSink, rows: TableRows, columns: Any) -> None:
        if len(written) == tables:
            raise KeyboardInterrupt
        written.append(rows.table.name)
        insert(self, rows, columns)

    with monkeypatch.context() as patched:
        patched.setattr(ClickHouseSink, "_insert", insert_or_die)
        assert invoked("replay", *data.flags, *FROM_1970).exit_code == ExitCode.INTERNAL
    assert len(written) == tables
    assert read("replay", *data.flags, *FROM_1970)["replayed"] == 3
    assert (totals(data).counted, totals(data).dead_letters, totals(data).rows_agree) == (3, 2, True)
