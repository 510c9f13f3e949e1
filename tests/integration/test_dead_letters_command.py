"""`gatemeter dead-letters` from the command line, on stores that hold known dead letters."""

import csv
import io
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.embedded.originals_key import KEY_VARIABLE
from gatemeter.errors import ConflictError, ExitCode, GatemeterError, InputError, SettingsError
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.start_position import StartPosition
from gatemeter.reports.dead_letters import DeadLetterFilter, dead_letter_pages
from gatemeter.reports.event_accounting import EventAccount, event_account
from gatemeter.schema import TableRows
from tests.support import command_in_process, gatemeter_command
from tests.support.databases import Store
from tests.support.dead_letters import IN_1970_MS, KEY, SEALING
from tests.support.kong_events import HOUR_S, event_text, request_line
from tests.support.logs import METERING
from tests.support.stored_rows import dead_letter_rows

pytestmark = pytest.mark.clickhouse

OLD = request_line("old", consumer="x", started_at=IN_1970_MS)
OLD_CALL = event_text(
    event_id='"call"',
    started_at=IN_1970_MS,
    extra='"ai":{"proxy":{"meta":{"provider_name":"openai","request_model":"gpt-4o-mini"},'
    '"usage":{"prompt_tokens":1000,"completion_tokens":10}}}',
)
VALUES = [request_line("a"), OLD, b"\x1b[31mno\xff", OLD, OLD_CALL, b'{"x":"' + b"y" * 20_000 + b'"}']
FROM_1970 = ["--earliest", "1970-01-01"]
HOUR = "2026-02-03T10:00"


def fill(store: Store, values: Sequence[bytes] = VALUES, metering: Metering = SEALING) -> None:
    """Count `values` as messages that Kafka got from 10:00 on, one an hour."""
    counter = PartitionCounter(Log("id-1", "access", LogKind.KAFKA, 100), 0, StartPosition(0, 0), metering)
    times_ms = [(HOUR_S + number * 3600) * 1000 + 5 for number in range(len(values))]
    counter.add(LogChunk(0, len(values), range(len(values)), values, times_ms, "kong-log"))
    with store.client() as client:
        ClickHouseSink(client).write(counter.take_flush().rows)


@pytest.fixture
def data(store: Store) -> Store:
    """A store that holds what `VALUES` count, and their five dead letters."""
    fill(store)
    return store


invoked = partial(command_in_process.invoked, "dead-letters", env=KEY)
run = partial(command_in_process.run, "dead-letters", env=KEY)
read = partial(command_in_process.read, "dead-letters", env=KEY)


def refusal(*arguments: object) -> GatemeterError:
    result = invoked(*arguments)
    assert isinstance(result.exception, GatemeterError), result.output
    assert result.stdout == ""
    return result.exception


def offsets(*arguments: object) -> list[int]:
    return [row["offset"] for row in read("list", *arguments)]


def totals(data: Store) -> EventAccount:
    with data.client() as client:
        return event_account(client)


class TestList:
    def test_dead_letters_come_in_the_order_of_the_log(self, data: Store) -> None:
        rows = read("list", *data.flags)
        assert [row["place"] for row in rows] == [f"id-1:0:{offset}:1:0" for offset in (1, 2, 3, 4, 5)]
        assert rows[0] == {
            "place": "id-1:0:1:1:0",
            "log": "id-1",
            "partition": 0,
            "offset": 1,
            "line": 1,
            "event_index": 0,
            "topic": "access",
            "message_time": "2026-02-03T11:00:00.005Z",
            "format": "kong-log",
            "reason": "started_at_out_of_range",
            "detail": "3600000 ms is 1970-01-01, which is not believed",
            "raw_size_bytes": len(OLD),
            "kept": "encrypted",
        }

    def test_csv_holds_the_same_as_json(self, data: Store) -> None:
        lines = csv.DictReader(io.StringIO(run("list", *data.flags, "--csv").stdout))
        assert list(lines) == [{name: str(value) for name, value in row.items()} for row in read("list", *data.flags)]

    def test_people_get_a_table_that_begins_with_the_place(self, data: Store) -> None:
        result = invoked("list", *data.flags, env={"COLUMNS": "80"})
        lines = result.stdout.splitlines()
        assert "place" in lines[1]
        assert "id-1:0:2:1:0" in lines[4]
        assert len([line for line in lines if line.startswith("id-1:0:")]) == 5
        assert lines[8].startswith("to fit 80 columns, left out: message_time, raw_size_bytes")

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            (["--reason", "invalid_utf8"], [2]),
            (["--reason", "invalid_utf8", "--reason", "not_an_access_log_event"], [2, 5]),
            (["--topic", "access", "--log", "id-1"], [1, 2, 3, 4, 5]),
            (["--topic", "acces"], []),
            (["--log", "id"], []),
            (["--from", "2026-02-03T12:00"], [2, 3, 4, 5]),
            (["--from", "2026-02-03T12:00", "--to", "2026-02-03T14:00"], [2, 3]),
        ],
    )
    def test_filters(self, data: Store, arguments: list[str], expected: list[int]) -> None:
        assert offsets(*data.flags, *arguments) == expected

    def test_dead_letters_without_a_time_are_in_no_span(self, data: Store) -> None:
        with data.client() as client:
            ClickHouseSink(client).write([dead_letter_rows({"log": "hash", "offset": 9, "version": 10})])
        assert offsets(*data.flags) == [9, 1, 2, 3, 4, 5]
        assert offsets(*data.flags, "--from", "2000-01") == [1, 2, 3, 4, 5]
        assert read("list", *data.flags, "--log", "hash")[0]["message_time"] is None
        assert "None" not in run("list", *data.flags).stdout

    @pytest.mark.parametrize(("limit", "more"), [(2, "and 3 more; "), (5, ""), (9, "")])
    def test_says_how_many_more_there_are(self, data: Store, limit: int, more: str) -> None:
        result = run("list", *data.flags, "--limit", limit, "--json")
        assert [row["offset"] for row in json.loads(result.stdout)] == [1, 2, 3, 4, 5][:limit]
        assert result.stderr.startswith(more)
        assert bool(result.stderr) is bool(more)

    def test_summary_counts_by_topic_and_reason(self, data: Store) -> None:
        assert read("list", *data.flags, "--summary", "--limit", 1) == [
            {"topic": "access", "reason": "started_at_out_of_range", "letters": 3},
            {"topic": "access", "reason": "invalid_utf8", "letters": 1},
            {"topic": "access", "reason": "not_an_access_log_event", "letters": 1},
        ]

    def test_nothing_to_list(self, data: Store) -> None:
        assert read("list", *data.flags, "--topic", "none") == []
        assert read("list", *data.flags, "--topic", "none", "--summary") == []
        assert run("list", *data.flags, "--topic", "none").stderr == (
            "no rows: 5 dead letters are stored, and none is like that; "
            "reasons: invalid_utf8, not_an_access_log_event, started_at_out_of_range\n"
        )

    def test_an_empty_store_says_that_it_holds_none(self, store: Store) -> None:
        assert run("list", *store.flags).stderr == "no rows: no dead letters are stored\n"


class TestShow:
    def test_all_fields_and_the_text_made_harmless(self, data: Store) -> None:
        text = run("show", "id-1:0:2:1:0", *data.flags).stdout
        assert "reason          invalid_utf8\n" in text
        assert text.endswith("\n\n\\x1b[31mno\\xff\n")

    def test_the_bytes_unchanged(self, data: Store) -> None:
        assert run("show", "id-1:0:2:1:0", *data.flags, "--raw").stdout_bytes == b"\x1b[31mno\xff"

    def test_json(self, data: Store) -> None:
        letter = read("show", "id-1:0:2:1:0", *data.flags)
        assert (letter["offset"], letter["raw"]) == (2, "\x1b[31mno\N{REPLACEMENT CHARACTER}")

    def test_without_the_key_only_the_mask_is_shown(self, data: Store) -> None:
        shown = run("show", "id-1:0:2:1:0", *data.flags, env={})
        assert shown.stdout.endswith("\nkept            encrypted\n\n(text, 8 bytes)\n")
        assert "the original is not shown: encrypted with the key" in shown.stderr
        other = run("show", "id-1:0:2:1:0", *data.flags, env={KEY_VARIABLE: "ab" * 64})
        assert "given: " in other.stderr

    def test_the_mask_can_be_asked_for(self, data: Store) -> None:
        assert run("show", "id-1:0:2:1:0", *data.flags, "--raw", "--masked").stdout_bytes == b"(text, 8 bytes)"

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["id-1:0:0:1:0"], "id-1:0:0:1:0: no dead letter stands here (any more); copy a place"),
            (["id-1:0:2"], "PLACE: 'id-1:0:2' is not a LOG:PARTITION:OFFSET:LINE:INDEX; copy a place"),
            (["id-1:0:2:1:0", "--raw", "--json"], "--json and --raw are both given; give one of them"),
        ],
    )
    def test_a_wrong_place_is_one_clear_line(self, data: Store, arguments: list[str], message: str) -> None:
        error = refusal("show", *arguments, *data.flags)
        assert isinstance(error, SettingsError)
        assert str(error).startswith(message)


class TestReplay:
    def test_counts_what_can_be_read_and_names_what_stays(self, data: Store) -> None:
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

    def test_reports_hold_the_replayed_events(self, data: Store) -> None:
        run("replay", *data.flags, *FROM_1970)
        billable = command_in_process.read("report", "billable", *data.flags)
        assert {(row["period"], row["consumer_id"], row["requests"]) for row in billable} == {
            ("1970-01", "x", 1),
            ("1970-01", "anonymous", 1),
            ("2026-02", "con-1", 1),
        }
        with data.client() as client:
            assert client.query("SELECT prompt_tokens FROM llm_usage").result_rows == [(1000,)]

    def test_the_account_of_every_event_holds(self, data: Store) -> None:
        assert totals(data).dead_letters == 5
        run("replay", *data.flags, *FROM_1970)
        assert totals(data) == EventAccount(
            consumed=6, counted=3, duplicates=1, dead_letters=2, other_kind=0, holds=True, rows_agree=True
        )

    def test_a_second_replay_and_a_recount_change_nothing(self, data: Store) -> None:
        run("replay", *data.flags, *FROM_1970)
        before = totals(data)
        assert read("replay", *data.flags, *FROM_1970)["replayed"] == 0
        fill(data)
        assert totals(data) == before

    def test_a_dry_run_says_the_same_and_writes_nothing(self, data: Store) -> None:
        before = totals(data)
        dry = run("replay", *data.flags, *FROM_1970, "--dry-run", "--json")
        assert "nothing was written (--dry-run)" in dry.stderr
        assert totals(data) == before
        assert json.loads(dry.stdout) == read("replay", *data.flags, *FROM_1970)

    @pytest.mark.parametrize(
        ("arguments", "left"),
        [
            (["id-1:0:4:1:0"], [1, 2, 3, 5]),
            (["id-1:0:4:1:0", "id-1:0:1:1:0", "id-1:0:4:1:0"], [2, 3, 5]),
            (["--from", "2026-02-03T13:00"], [1, 2, 5]),
            (["--reason", "invalid_utf8"], [1, 2, 3, 4, 5]),
        ],
    )
    def test_only_the_chosen_dead_letters_are_replayed(
        self, data: Store, arguments: list[str], left: list[int]
    ) -> None:
        run("replay", *data.flags, *FROM_1970, *arguments)
        assert offsets(*data.flags) == left

    def test_the_text_says_what_to_do(self, data: Store) -> None:
        result = run("replay", *data.flags)
        assert result.stdout.startswith(
            "replayed 0 dead letters: counted 0 + duplicates 0 + other kind 0\nleft 5: partly replayed 0, still"
        )
        assert "still rejected: correct the event and replay it with --corrected FILE" in result.stderr
        assert "unfinished: " not in result.stderr

    def test_what_is_masked_is_not_replayed_without_the_key(self, store: Store) -> None:
        masked = event_text(started_at=IN_1970_MS, extra='"headers":{"apikey":"k"}')
        fill(store, [masked])
        summary = read("replay", *store.flags, *FROM_1970, env={})
        assert (summary["sealed"], summary["replayed"]) == (1, 0)
        fill(store, [masked], METERING)
        assert read("replay", *store.flags, *FROM_1970)["not_kept_whole"] == 1

    def test_a_corrected_event_replaces_its_dead_letter(self, data: Store, tmp_path: Path) -> None:
        (tmp_path / "event.json").write_bytes(request_line("mended") + b"\n")
        arguments = ["replay", "id-1:0:5:1:0", *data.flags, "--corrected", tmp_path / "event.json"]
        assert read(*arguments)["counted"] == 1
        assert totals(data).counted == 2
        assert "no dead letter stands here" in str(refusal(*arguments))

    def test_the_last_line_of_a_file_is_left_to_the_file(self, store: Store, tmp_path: Path) -> None:
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
    def test_what_cannot_be_meant_is_refused(self, data: Store, arguments: list[str], message: str) -> None:
        error = refusal("replay", *arguments, *data.flags)
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
    def test_a_bad_correction_is_refused(
        self, data: Store, tmp_path: Path, content: bytes | None, message: str
    ) -> None:
        path = tmp_path / "event.json"
        if content is not None:
            path.write_bytes(content)
        error = refusal("replay", "id-1:0:1:1:0", *data.flags, "--corrected", path)
        assert isinstance(error, InputError)
        assert str(error).startswith(f"{path}: {message}")
        assert offsets(*data.flags) == [1, 2, 3, 4, 5]

    @pytest.mark.parametrize("tables", range(5))
    def test_killed_in_the_middle_and_run_again(
        self, data: Store, tables: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
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


def test_pages_hold_every_dead_letter_once_in_order(clickhouse_client: Client) -> None:
    letters = [
        {"log": log, "partition": partition, "offset": offset, "line": line, "event_index": index, "version": 1}
        for log in ("a", "b")
        for partition in (0, 1)
        for offset in (0, 2**62)
        for line in (1, 2**32 - 1)
        for index in (0, 1)
    ]
    ClickHouseSink(clickhouse_client).write([dead_letter_rows(*letters)])
    pages = list(dead_letter_pages(clickhouse_client, DeadLetterFilter(), 5))
    assert [len(page) for page in pages] == [5, 5, 5, 5, 5, 5, 2]
    places = [letter.location for page in pages for letter in page]
    assert places == sorted(set(places))
    assert len(places) == len(letters)


def test_the_command_as_its_users_run_it(data: Store) -> None:
    done = gatemeter_command.run("dead-letters", "show", "id-1:0:9:1:0", *data.flags, expect=ExitCode.USAGE)
    assert done.stderr.startswith("gatemeter: id-1:0:9:1:0: no dead letter stands here")
    assert len(done.stderr.splitlines()) == 1
    assert gatemeter_command.read_json("dead-letters", "list", "--summary", "--json", *data.flags)[0]["letters"] == 3
