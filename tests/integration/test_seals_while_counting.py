"""Seals of epochs whose rows are just being written: no false alarm, and no seal of half a flush."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import ExitCode
from gatemeter.logfiles.lines import read_line_batches
from gatemeter.sources import file_log
from gatemeter.verification.second_look import PAUSE_S
from tests.support.command_in_process import invoked, read, run
from tests.support.databases import Store
from tests.support.kong_events import request_line
from tests.support.overlapping_logs import write

pytestmark = pytest.mark.clickhouse

LINES = [request_line(f"r{number}") for number in range(5)]


def die_before_the_ledger(store: Store, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Meter `log` into `store`, and die in the middle of the flush: usage is there, the ledger does not say so yet."""
    insert = ClickHouseSink._insert

    def insert_usage(self: ClickHouseSink, rows: object, columns: object) -> None:
        if rows.table.name == "epoch_ledger":  # type: ignore[attr-defined]
            raise KeyboardInterrupt
        insert(self, rows, columns)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(ClickHouseSink, "_insert", insert_usage)
        assert invoked("meter", log, *store.flags).exit_code


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> list[float]:
    """Call `act` at the first pause that a command makes; the pauses, in seconds."""
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 1:
            act()

    monkeypatch.setattr(time, "sleep", pause)
    return pauses


@pytest.mark.long(reason="meters, seals and verifies; half a flush, and what a second look drops, are in `make test`")
def test_a_flush_into_a_sealed_open_epoch_is_no_difference(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, heads = write(tmp_path / "access.log", LINES[:3]), tmp_path / "heads.jsonl"
    run("meter", log, *store.flags)
    with monkeypatch.context() as patched:
        patched.setattr(time, "sleep", lambda _seconds: None)
        run("seal", "add", *store.flags)
    run("seal", "export", heads, *store.flags)
    write(log, LINES)
    die_before_the_ledger(store, log, monkeypatch)
    meanwhile(monkeypatch, lambda: run("meter", log, *store.flags))
    verification = read("verify", *store.flags, "--seal", heads)
    assert (verification["findings"], verification["holds"]) == ([], True)


@pytest.mark.long(reason="meters, seals and verifies; half a flush is in `make test`")
def test_rows_that_a_replica_shows_late_are_no_difference(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = write(tmp_path / "access.log", LINES)
    run("meter", log, *store.flags)
    with monkeypatch.context() as patched:
        patched.setattr(time, "sleep", lambda _seconds: None)
        run("seal", "add", *store.flags)

    def set_buckets(change: str) -> None:
        buckets = f"arrayMap(each -> toUInt16(each {change}), latency_request_buckets)"
        with store.client() as client:
            statement = f"ALTER TABLE api_usage_hourly UPDATE latency_request_buckets = {buckets} WHERE 1"
            client.command(statement, settings={"mutations_sync": 2})

    set_buckets("+ 7")
    pauses = meanwhile(monkeypatch, lambda: set_buckets("- 7"))
    assert read("verify", *store.flags)["findings"] == []
    assert pauses == [PAUSE_S]


class TestSealAdd:
    """What is not all there gets no seal, which would stand for good."""

    def test_half_a_flush_is_not_sealed(self, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        log = write(tmp_path / "access.log", LINES)
        run("meter", log, *store.flags)
        write(log, [*LINES, request_line("new")])
        die_before_the_ledger(store, log, monkeypatch)
        pauses = meanwhile(monkeypatch, lambda: None)
        result = invoked("seal", "add", *store.flags)
        assert (result.exit_code, result.stdout, pauses) == (ExitCode.DIFFERENCE, "0 epochs sealed\n", [PAUSE_S])
        assert f"{log}[0]: the epoch of offsets 0 to 4 is not sealed: rows are ahead" in result.stderr
        run("meter", log, *store.flags)
        assert run("seal", "add", *store.flags).stdout == "1 epoch sealed\n"

    @pytest.mark.long(reason="meters, seals and verifies; half a flush is in `make test`")
    def test_a_flush_that_ends_meanwhile_is_sealed_next_time(
        self, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log = write(tmp_path / "access.log", LINES)
        run("meter", log, *store.flags)
        write(log, [*LINES, request_line("new")])
        meanwhile(monkeypatch, lambda: run("meter", log, *store.flags))
        result = run("seal", "add", *store.flags)
        assert (result.stdout, result.stderr) == (
            "0 epochs sealed\n",
            "not sealed: 1 open epoch that a worker counts into now\n",
        )
        assert run("seal", "add", *store.flags).stdout == "1 epoch sealed\n"

    @pytest.mark.long(reason="meters, seals and verifies; half a flush is in `make test`")
    def test_rows_that_move_or_lack_leave_their_epoch_alone_unsealed(
        self, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(file_log, "EPOCH_LINES", 2)
        monkeypatch.setattr(file_log, "read_line_batches", partial(read_line_batches, batch_lines=2))
        log = write(tmp_path / "access.log", LINES)
        run("meter", log, *store.flags)

        def change(statement: str) -> None:
            with store.client() as client:
                client.command(statement, settings={"mutations_sync": 2})

        change("ALTER TABLE monthly_requests DELETE WHERE epoch_first_offset = 0")
        buckets = "arrayMap(each -> toUInt16(each + 7), latency_request_buckets)"
        move = f"ALTER TABLE api_usage_hourly UPDATE latency_request_buckets = {buckets} WHERE epoch_first_offset = 2"
        meanwhile(monkeypatch, lambda: change(move))
        result = invoked("seal", "add", *store.flags)
        assert (result.exit_code, result.stdout) == (ExitCode.DIFFERENCE, "1 epoch sealed\n")
        assert "offsets 0 to 1 is not sealed: " in result.stderr
        assert "offsets 2 to 3 is not sealed: its rows changed while they were read" in result.stderr
        run("meter", log, *store.flags)
        assert run("seal", "add", *store.flags).stdout == "2 epochs sealed\n"
        assert read("verify", *store.flags)["holds"]
