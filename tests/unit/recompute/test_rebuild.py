"""Rebuilding a log: the rows of the original, in whole epochs, also after the run was killed anywhere."""

from dataclasses import replace
from pathlib import Path

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.errors import ClickHouseUnavailable, ConflictError
from gatemeter.recompute import rebuild as rebuild_module
from gatemeter.recompute.rebuild import Rebuild
from gatemeter.recompute.rebuild_plan import EpochKey, PartitionPlan, plan_rebuild, require_fresh, resumed
from gatemeter.schema import CORRECTIONS, DEAD_LETTERS, EPOCH_LEDGER, TABLES
from gatemeter.sources.file_reader import FILE_PARTITION, FileLogReader
from gatemeter.sources.log_reader import LogReader
from tests.support.dead_letters import DyingSink
from tests.support.kong_events import HOUR_S, MARCH_MS, STARTED_AT_MS, request_line
from tests.support.listed_log import ListedLog, count, listed
from tests.support.logs import FROM_THE_START, METERING, kafka_log, without_version
from tests.support.metered_file import LINES, TORN, meter, text_of
from tests.support.smoke import smoke

# Copies within an epoch and across the end of each; March is in the epochs at 20 and 40 only.
VALUES = [
    b"no event"
    if number % 11 == 5
    else request_line(
        f"e{number - 4 * (number % 7 == 0)}",
        consumer=f"c{number % 3}",
        started_at=MARCH_MS if number in (26, 44) else STARTED_AT_MS,
    )
    for number in range(57)
]
MARCH = range(MARCH_MS // 1000, MARCH_MS // 1000 + 31 * 24 * 3600)


@pytest.fixture(autouse=True)
def _flush_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild_module, "FLUSH_ROWS", 2)


@pytest.fixture
def log() -> ListedLog:
    return listed(VALUES)


@pytest.fixture
def original(log: ListedLog) -> MemorySink:
    sink = MemorySink()
    count(log, sink, FROM_THE_START, len(VALUES))
    return sink


def present(sink: MemorySink) -> set[EpochKey]:
    return {
        (row["partition"], row["epoch_first_offset"])
        for table in TABLES
        if table is not CORRECTIONS
        for row in sink.rows(table)
    }


def rebuild(log: LogReader, sink: MemorySink, plans: list[PartitionPlan], hours: range | None = None) -> Rebuild:
    stored = sink.stored_epochs(log.log.identity)
    run = Rebuild(log, sink, METERING, hours=hours, stored=stored, present=present(sink))
    run.run(plans)
    return run


def resume(log: LogReader, sink: MemorySink, plans: list[PartitionPlan], hours: range | None = None) -> Rebuild:
    stored = sink.stored_epochs(log.log.identity)
    rest = resumed(log.log, plans, METERING.ruleset_version, stored, present(sink), from_the_start=hours is not None)
    return rebuild(log, sink, rest, hours)


def epochs(sink: MemorySink) -> list[int]:
    return [row["epoch_first_offset"] for row in sink.rows(EPOCH_LEDGER)]


def only(rows: dict[str, list[dict[str, object]]], first_offsets: list[int]) -> dict[str, list[dict[str, object]]]:
    return {
        name: [row for row in each if row.get("epoch_first_offset") in first_offsets] for name, each in rows.items()
    }


def test_all_of_a_log(log: ListedLog, sink: MemorySink, original: MemorySink) -> None:
    run = rebuild(log, sink, plan_rebuild(log.log, log.ranges()))
    assert without_version(sink) == without_version(original)
    assert (run.epochs, run.totals.consumed) == (6, len(VALUES))


def test_a_stretch_is_warmed_by_the_epoch_before(log: ListedLog, sink: MemorySink, original: MemorySink) -> None:
    plans = plan_rebuild(log.log, log.ranges(), from_offset=25, to_offset=40)
    assert plans == [PartitionPlan(0, 10, 20, 40)]
    rebuild(log, sink, plans)
    assert without_version(sink) == only(without_version(original), [20, 30])


@pytest.mark.parametrize(("first", "stop"), [(25, 25), (25, 21), (57, None)])
def test_no_offset_is_not_a_whole_epoch(log: ListedLog, first: int, stop: int | None) -> None:
    with pytest.raises(ConflictError, match="holds no message there"):
        plan_rebuild(log.log, log.ranges(), from_offset=first, to_offset=stop)


def test_a_period_takes_whole_epochs(log: ListedLog, sink: MemorySink, original: MemorySink) -> None:
    run = rebuild(log, sink, plan_rebuild(log.log, log.ranges()), MARCH)
    assert without_version(sink) == only(without_version(original), [20, 40])
    assert {row["hour"] for row in sink.rows(TABLES[0])} == {HOUR_S, MARCH.start}
    assert run.totals.consumed == 20


@pytest.mark.parametrize("hours", smoke([MARCH, None], 1, reason="a run of a month is in `make test`"))
def test_a_run_that_died_anywhere_goes_on(log: ListedLog, original: MemorySink, hours: range | None) -> None:
    plans = plan_rebuild(log.log, log.ranges())
    whole = MemorySink()
    rebuild(log, whole, plans, hours)
    for tables in range(200):
        sink = DyingSink(tables)
        try:
            rebuild(log, sink, plans, hours)
            break
        except ClickHouseUnavailable:
            sink.tables_left = 1_000
        run = resume(log, sink, plans, hours)
        assert without_version(sink) == without_version(whole)
        assert run.totals.consumed == (len(VALUES) if hours is None else 20)
    assert tables > 5


def test_a_run_goes_on_with_the_last_epoch_it_wrote(log: ListedLog, sink: MemorySink) -> None:
    rebuild(log, sink, plan_rebuild(log.log, log.ranges(), to_offset=35))
    log.reads.clear()
    resume(log, sink, plan_rebuild(log.log, log.ranges()))
    assert log.reads == [range(20, 57)]


def test_a_run_whose_log_has_lost_messages_since_is_refused(log: ListedLog, sink: MemorySink) -> None:
    rebuild(log, sink, plan_rebuild(log.log, log.ranges(), to_offset=35))
    before = without_version(sink)
    compacted = replace(log, value_at={offset: value for offset, value in log.value_at.items() if offset != 31})
    with pytest.raises(ConflictError, match=r"lost messages since offsets 30 to 34 .* \(5 events then, 4 now\)"):
        resume(compacted, sink, plan_rebuild(log.log, log.ranges()))
    assert without_version(sink) == before


@pytest.mark.parametrize(
    "before",
    [
        {"from_offset": 20},  # what lies before would never be counted
        {"from_offset": 5, "to_offset": 8},
    ],
)
def test_the_work_of_another_run_is_refused(log: ListedLog, sink: MemorySink, before: dict[str, int]) -> None:
    rebuild(log, sink, plan_rebuild(log.log, log.ranges(), **before))
    later = plan_rebuild(log.log, log.ranges(), from_offset=10 if before["from_offset"] == 5 else 0)
    with pytest.raises(ConflictError, match="would not have written"):
        resume(log, sink, later)


def test_another_ruleset_version_is_not_mixed_in(log: ListedLog, sink: MemorySink) -> None:
    plans = plan_rebuild(log.log, log.ranges())
    rebuild(log, sink, plans)
    with pytest.raises(ConflictError, match="would not have written"):
        resumed(log.log, plans, "other", sink.stored_epochs(log.log.identity), present(sink), from_the_start=False)


@pytest.mark.parametrize("stray", [(0, 3), (0, 60), (5, 0)])
def test_rows_of_epochs_that_are_not_planned_are_refused(log: ListedLog, stray: EpochKey) -> None:
    plans = plan_rebuild(log.log, log.ranges())
    assert resumed(log.log, plans, METERING.ruleset_version, [], {(0, 0), (0, 50)}, from_the_start=True) == plans
    with pytest.raises(ConflictError, match="would not have written"):
        resumed(log.log, plans, METERING.ruleset_version, [], {stray}, from_the_start=True)


def test_a_hole_in_what_was_written_is_refused(log: ListedLog, original: MemorySink) -> None:
    plans = plan_rebuild(log.log, log.ranges())
    stored = [epoch for epoch in original.stored_epochs(log.log.identity) if epoch.first_offset != 20]
    with pytest.raises(ConflictError, match="at offset 30"):
        resumed(log.log, plans, METERING.ruleset_version, stored, set(), from_the_start=False)


def test_an_epoch_without_usage_of_the_period_is_refused(log: ListedLog, sink: MemorySink) -> None:
    rebuild(log, sink, plan_rebuild(log.log, log.ranges(), to_offset=20))
    with pytest.raises(ConflictError, match="no usage of the period"):
        resume(log, sink, plan_rebuild(log.log, log.ranges()), MARCH)


def test_a_store_with_anything_of_the_log_is_not_fresh(original: MemorySink) -> None:
    log = kafka_log()
    require_fresh(log, [], set())
    with pytest.raises(ConflictError, match="--resume"):
        require_fresh(log, original.stored_epochs(log.identity), set())
    with pytest.raises(ConflictError, match="--resume"):
        require_fresh(log, [], {(0, 0)})


@pytest.mark.parametrize("extent", [{"from_offset": 60}, {"partition": 3}])
def test_nothing_to_count_is_said(log: ListedLog, extent: dict[str, int]) -> None:
    with pytest.raises(ConflictError, match="partition 0: 0 to 57"):
        plan_rebuild(log.log, log.ranges(), **extent)


def test_a_log_whose_start_is_gone_begins_where_it_begins(log: ListedLog) -> None:
    log.begin = 14
    assert plan_rebuild(log.log, log.ranges(), from_offset=3) == [PartitionPlan(0, 14, 14, 57)]


@pytest.mark.usefixtures("_small_epochs")
@pytest.mark.parametrize("stop", [None, 730])
def test_a_file_is_known_again_after_it_was_rebuilt(path: Path, sink: MemorySink, stop: int | None) -> None:
    path.write_bytes(text_of([*LINES[:3], b"", *LINES[3:]]) + TORN[:20])
    once = MemorySink()
    meter(path, once)
    reader = FileLogReader(path, "kong-log")
    rebuild(reader, sink, plan_rebuild(reader.log, reader.ranges(), to_offset=stop))
    if stop is None:
        assert without_version(sink) == without_version(once)
        assert [row["offset"] for row in sink.rows(DEAD_LETTERS)] == [reader.unterminated_line]
    meter(path, sink)  # compares the hashes
    assert without_version(sink) == without_version(once)
    assert list(reader.ranges()) == [FILE_PARTITION]


def test_a_stretch_ends_where_the_log_does(log: ListedLog, sink: MemorySink, original: MemorySink) -> None:
    plans = plan_rebuild(log.log, log.ranges(), to_offset=1_000)
    assert plans == [PartitionPlan(0, 0, 0, len(VALUES))]
    rebuild(log, sink, plans)
    assert without_version(sink) == without_version(original)


@pytest.mark.parametrize("stop", [35, 30])
def test_an_epoch_beyond_the_stretch_is_refused(log: ListedLog, sink: MemorySink, stop: int) -> None:
    rebuild(log, sink, plan_rebuild(log.log, log.ranges(), to_offset=40))
    with pytest.raises(ConflictError, match="would not have written, at offset 30"):
        resume(log, sink, plan_rebuild(log.log, log.ranges(), to_offset=stop))


def test_rows_are_written_as_soon_as_enough_wait(log: ListedLog) -> None:
    sink = DyingSink(1_000)
    rebuild(log, sink, plan_rebuild(log.log, log.ranges(), to_offset=10))
    assert sink.written.count(EPOCH_LEDGER.name) > 1


@pytest.mark.parametrize("from_the_start", [False, True])
def test_rows_at_the_end_of_the_stretch_are_not_its_own(log: ListedLog, *, from_the_start: bool) -> None:
    plans = plan_rebuild(log.log, log.ranges(), to_offset=30)
    with pytest.raises(ConflictError, match="would not have written, at offset 30"):
        resumed(log.log, plans, METERING.ruleset_version, [], {(0, 30)}, from_the_start=from_the_start)
