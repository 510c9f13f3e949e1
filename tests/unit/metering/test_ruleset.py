"""Ruleset versions: rows of another one stay as they are, and later lines are counted once by the present one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.errors import LogChangedError
from gatemeter.events.access_event import TimeRange
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import RULESET_VERSION, Metering, ruleset_version
from gatemeter.metering.start_position import decide_start
from gatemeter.schema import API_USAGE, DEAD_LETTERS, EPOCH_LEDGER, MONTHLY_REQUESTS, TABLES
from tests.support.kong_events import STARTED_AT_MS, request_line
from tests.support.logs import (
    METERING,
    chunk_of,
    commit_of,
    counter_of,
    counts,
    flush_to,
    kafka_log,
    requests_by_consumer,
)
from tests.support.metered_file import LINES, TORN, ledger_totals, meter, text_of
from tests.support.price_books import table
from tests.support.stored_rows import ledger_rows

EARLIER_TIMES = Metering(METERING.prices, TimeRange(from_ms=1_000))


def pretend_older_ruleset(sink: MemorySink, rules: str = "") -> None:
    """Make the ledger say that an older ruleset version has counted; '' is from before these had names."""
    sink.write([ledger_rows(*({**row, "rules": rules} for row in sink.rows(EPOCH_LEDGER)))])


def rows_up_to(sink: MemorySink, version: int) -> list[list[dict[str, Any]]]:
    """What a reader sees of the epochs that were last written at `version` or before."""
    return [[row for row in sink.rows(of) if row["version"] <= version] for of in TABLES]


def ledger(sink: MemorySink) -> list[tuple[int, int, int, str]]:
    names = ("epoch_first_offset", "version", "counted", "rules")
    first, version, counted, rules = names
    return [(row[first], row[version], row[counted], row[rules]) for row in sink.rows(EPOCH_LEDGER)]


def requests(sink: MemorySink) -> int:
    return sum(requests_by_consumer(sink, API_USAGE).values())


class TestName:
    def test_the_default_ruleset_version_has_no_settings_in_it(self) -> None:
        assert METERING.ruleset_version == ruleset_version(TimeRange()) == RULESET_VERSION != ""

    @pytest.mark.parametrize("times", [TimeRange(from_ms=1_000), TimeRange(to_ms=STARTED_AT_MS), TimeRange(0, 1)])
    def test_other_believed_times_are_in_the_ruleset_version(self, times: TimeRange) -> None:
        assert ruleset_version(times) == f"{RULESET_VERSION};times={times.from_ms}..{times.to_ms}"

    def test_prices_are_not_in_the_ruleset_version(self) -> None:
        priced = Metering(table("entries = [{provider = 'p', model = 'm', prices = {input = 1}}]"))
        assert priced.ruleset_version == METERING.ruleset_version


@pytest.mark.usefixtures("_small_epochs")
class TestGrownFile:
    @pytest.mark.parametrize("first_count", [1, 499, 500, 501, 1_000, 1_199])
    def test_old_rows_stay_and_new_lines_are_counted_once(self, path: Path, sink: MemorySink, first_count: int) -> None:
        path.write_bytes(text_of(LINES[:first_count]))
        meter(path, sink)
        pretend_older_ruleset(sink)
        before = rows_up_to(sink, first_count)
        path.write_bytes(text_of(LINES))
        assert meter(path, sink) == counts(1_200, counted=1_200)
        assert rows_up_to(sink, first_count) == before
        assert ledger_totals(sink) == counts(1_200, counted=1_200)
        assert requests_by_consumer(sink, API_USAGE) == {"c0": 400, "c1": 400, "c2": 400}
        assert sum(row["requests"] for row in sink.rows(MONTHLY_REQUESTS)) == 1_200

    def test_an_epoch_of_two_rulesets_has_two_ledger_rows(self, path: Path, sink: MemorySink) -> None:
        path.write_bytes(text_of(LINES[:700]))
        meter(path, sink)
        pretend_older_ruleset(sink)
        path.write_bytes(text_of(LINES))
        meter(path, sink)
        assert ledger(sink) == [
            (0, 500, 500, ""),
            (500, 700, 200, ""),
            (700, 1_000, 300, RULESET_VERSION),
            (1_000, 1_200, 200, RULESET_VERSION),
        ]

    @pytest.mark.parametrize("sizes", [(700, 700), (700, 701, 900, 1_200), (500, 1_000, 1_000, 1_200)])
    def test_metering_again_changes_nothing_that_is_settled(
        self, path: Path, sink: MemorySink, sizes: Sequence[int]
    ) -> None:
        for number, size in enumerate(sizes):
            path.write_bytes(text_of(LINES[:size]))
            assert meter(path, sink) == counts(size, counted=size)
            assert (ledger_totals(sink), requests(sink)) == (counts(size, counted=size), size)
            if number == 0:
                pretend_older_ruleset(sink)

    def test_nothing_is_written_where_nothing_is_new(self, path: Path, sink: MemorySink) -> None:
        path.write_bytes(text_of(LINES[:700]))
        meter(path, sink)
        pretend_older_ruleset(sink)
        before = [sink.rows(of) for of in TABLES]
        assert meter(path, sink) == counts(700, counted=700)
        assert [sink.rows(of) for of in TABLES] == before

    def test_copies_of_events_of_an_older_ruleset_are_duplicates(self, path: Path, sink: MemorySink) -> None:
        path.write_bytes(text_of(LINES[:700]))
        meter(path, sink)
        pretend_older_ruleset(sink)
        path.write_bytes(text_of([*LINES[:700], LINES[3], LINES[600], request_line("new")]))
        assert meter(path, sink) == counts(703, counted=701, duplicates=2)
        assert requests(sink) == 701

    def test_a_changed_file_is_refused_as_ever(self, path: Path, sink: MemorySink) -> None:
        path.write_bytes(text_of(LINES[:700]))
        meter(path, sink)
        pretend_older_ruleset(sink)
        path.write_bytes(text_of([*LINES[:600], request_line("other"), *LINES[601:]]))
        with pytest.raises(LogChangedError, match="within lines 501 to 700"):
            meter(path, sink)

    def test_an_earlier_ruleset_counts_on_and_totals_the_file(self, path: Path, sink: MemorySink) -> None:
        for size, metering in [(300, METERING), (600, EARLIER_TIMES), (600, METERING), (900, METERING)]:
            path.write_bytes(text_of(LINES[:size]))
            assert meter(path, sink, metering) == counts(size, counted=size)
            assert (ledger_totals(sink), requests(sink)) == (counts(size, counted=size), size)
        assert [rules for *_, rules in ledger(sink)] == [
            RULESET_VERSION,
            EARLIER_TIMES.ruleset_version,
            EARLIER_TIMES.ruleset_version,
            RULESET_VERSION,
        ]


class TestLastLineWithoutNewline:
    @pytest.mark.parametrize(
        ("ending", "after"), [(b"", {}), (b"\n", {}), (b"\n" + request_line("n") + b"\n", {"con-1": 1})]
    )
    def test_a_torn_line_is_counted_once_when_it_is_whole(
        self, path: Path, sink: MemorySink, ending: bytes, after: dict[str, int]
    ) -> None:
        path.write_bytes(text_of(LINES[:2]) + TORN[:50])
        meter(path, sink)
        pretend_older_ruleset(sink)
        path.write_bytes(text_of(LINES[:2]) + TORN + ending)
        for _ in range(2):
            meter(path, sink)
            assert sink.rows(DEAD_LETTERS) == []
            assert requests_by_consumer(sink, API_USAGE) == {"c0": 1, "c1": 1, "late": 1} | after
            assert ledger_totals(sink).counted == requests(sink)
            assert ledger_totals(sink).holds

    def test_a_torn_line_that_stays_torn_has_one_dead_letter(self, path: Path, sink: MemorySink) -> None:
        path.write_bytes(text_of(LINES[:2]) + TORN[:50])
        meter(path, sink)
        pretend_older_ruleset(sink)
        meter(path, sink)
        assert [(row["line"], row["is_deleted"]) for row in sink.rows(DEAD_LETTERS)] == [(3, 0)]
        assert requests(sink) == 2

    def test_a_whole_line_without_newline_is_not_counted_again(self, path: Path, sink: MemorySink) -> None:
        path.write_bytes(text_of(LINES[:2]) + LINES[2])
        meter(path, sink)
        pretend_older_ruleset(sink)
        path.write_bytes(text_of(LINES[:4]))
        assert meter(path, sink) == counts(4, counted=4)
        assert requests(sink) == 4


class TestTopic:
    def test_a_worker_of_another_ruleset_resumes_after_stored_rows(self, sink: MemorySink) -> None:
        first = counter_of(epoch_size=10)
        first.add(chunk_of(0, LINES[:27]))
        flush_to(first, sink)
        pretend_older_ruleset(sink)
        before = rows_up_to(sink, 27)
        stored = sink.stored_epochs(kafka_log().identity)
        start = decide_start(
            kafka_log(), 0, METERING.ruleset_version, commit=commit_of(first), log_start=0, stored=stored
        ).position
        second = PartitionCounter(kafka_log(), 0, start, METERING)
        second.add(chunk_of(start.read_from, [*LINES[start.read_from : 35], LINES[26]]))
        flush_to(second, sink)
        assert rows_up_to(sink, 27) == before
        assert (requests(sink), second.totals) == (35, counts(9, counted=8, duplicates=1))
        assert ledger(sink)[-2:] == [(27, 30, 3, RULESET_VERSION), (30, 36, 5, RULESET_VERSION)]
