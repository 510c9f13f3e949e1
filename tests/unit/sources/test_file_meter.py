"""Metering a file: again, grown, damaged, half-written, changed."""

import gzip
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.errors import ClickHouseUnavailable, InputError, LogChangedError
from gatemeter.events.access_event import TimeRange
from gatemeter.metering.ruleset import Metering
from gatemeter.schema import API_USAGE, DEAD_LETTERS, EPOCH_LEDGER, MONTHLY_REQUESTS, TABLES, TableRows
from gatemeter.sources import file_meter
from gatemeter.sources.file_meter import meter_file
from gatemeter.wire.topics import MAX_EVENT_BYTES
from tests.support.kong_events import recorded, request_line
from tests.support.logs import METERING, counts, requests_by_consumer, without_version
from tests.support.metered_file import LINES, TORN, ledger_totals, meter, text_of

OTHER_RULES = Metering(METERING.prices, TimeRange(from_ms=1_000))


def stored_rows(sink: MemorySink) -> list[list[dict[str, object]]]:
    return [sink.rows(table) for table in TABLES]


def test_every_line_is_accounted_for(path: Path, sink: MemorySink) -> None:
    path.write_bytes(text_of([*LINES[:4], LINES[0], b"", b"bad", recorded("stream_session")]))
    assert meter(path, sink) == counts(7, counted=4, duplicates=1, dead_letters=1, other_kind=1)
    assert ledger_totals(sink) == counts(7, counted=4, duplicates=1, dead_letters=1, other_kind=1)
    assert [(row["line"], row["reason"]) for row in sink.rows(DEAD_LETTERS)] == [(7, "invalid_json")]


def test_an_empty_file_has_nothing_to_count(path: Path, sink: MemorySink) -> None:
    path.write_bytes(b"\n\n")
    assert meter(path, sink) == counts(0)
    assert stored_rows(sink) == [[] for _ in TABLES]


@pytest.mark.usefixtures("_small_epochs")
def test_metering_again_changes_no_row(path: Path, sink: MemorySink) -> None:
    path.write_bytes(text_of(LINES))
    first, once = meter(path, sink), stored_rows(sink)
    assert meter(path, sink) == first == counts(1_200, counted=1_200)
    assert stored_rows(sink) == once
    assert [row["version"] for row in sink.rows(EPOCH_LEDGER)] == [500, 1_000, 1_200]


@pytest.mark.usefixtures("_small_epochs")
@pytest.mark.parametrize("first_count", [1, 499, 500, 501, 1_000, 1_199])
def test_a_grown_file_is_stored_as_if_metered_once(path: Path, sink: MemorySink, first_count: int) -> None:
    path.write_bytes(text_of(LINES[:first_count]))
    meter(path, sink)
    path.write_bytes(text_of(LINES))
    assert meter(path, sink) == counts(1_200, counted=1_200)
    at_once = MemorySink()
    meter(path, at_once)
    assert without_version(sink) == without_version(at_once)
    assert requests_by_consumer(sink, API_USAGE) == {"c0": 400, "c1": 400, "c2": 400}


@pytest.mark.usefixtures("_small_epochs")
def test_flushing_in_between_changes_no_number(path: Path, sink: MemorySink, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(text_of(LINES))
    meter(path, sink)
    monkeypatch.setattr(file_meter, "FLUSH_ROWS", 1)
    often = MemorySink()
    meter(path, often)
    assert without_version(often) == without_version(sink)


def test_the_compressed_copy_is_the_same_log(path: Path, sink: MemorySink) -> None:
    path.write_bytes(text_of(LINES[:5]))
    meter(path, sink)
    packed = path.with_suffix(".gz")
    packed.write_bytes(gzip.compress(text_of(LINES[:7])))
    meter(packed, sink)
    assert sum(requests_by_consumer(sink, API_USAGE).values()) == 7


class TestLastLineWithoutNewline:
    def test_an_event_is_counted_once_when_its_newline_comes(self, path: Path, sink: MemorySink) -> None:
        path.write_bytes(text_of(LINES[:2]) + LINES[2])
        assert meter(path, sink) == counts(3, counted=3)
        path.write_bytes(text_of(LINES[:4]))
        assert meter(path, sink) == counts(4, counted=4)
        assert sum(requests_by_consumer(sink, API_USAGE).values()) == 4

    @pytest.mark.parametrize("ending", [b"", b"\n", b"\n" + request_line("next") + b"\n"])
    def test_a_torn_event_is_a_dead_letter_until_it_is_whole(self, path: Path, sink: MemorySink, ending: bytes) -> None:
        path.write_bytes(text_of(LINES[:2]) + TORN[:50])
        assert meter(path, sink) == counts(3, counted=2, dead_letters=1)
        assert [row["line"] for row in sink.rows(DEAD_LETTERS)] == [3]
        path.write_bytes(text_of(LINES[:2]) + TORN + ending)
        meter(path, sink)
        assert (sink.rows(DEAD_LETTERS), requests_by_consumer(sink, API_USAGE)["late"]) == ([], 1)
        assert ledger_totals(sink).dead_letters == 0
        assert [row["unterminated_line"] for row in sink.rows(EPOCH_LEDGER)] == [-1]

    def test_it_stays_forgotten_when_metered_a_third_time(self, path: Path, sink: MemorySink) -> None:
        for text in (TORN[:50], TORN + b"\n", TORN + b"\n"):
            path.write_bytes(text_of(LINES[:2]) + text)
            meter(path, sink)
        assert sink.rows(DEAD_LETTERS) == []

    def test_a_line_that_is_bad_when_ended_stays_a_dead_letter(self, path: Path, sink: MemorySink) -> None:
        for text in (TORN[:50], TORN[:60] + b"\n", TORN[:60] + b"\n" + LINES[5] + b"\n"):
            path.write_bytes(text_of(LINES[:2]) + text)
            meter(path, sink)
        assert [(row["line"], row["raw_size_bytes"]) for row in sink.rows(DEAD_LETTERS)] == [(3, 60)]

    @pytest.mark.usefixtures("_small_epochs")
    def test_it_may_be_the_first_line_of_an_epoch(self, path: Path, sink: MemorySink) -> None:
        path.write_bytes(text_of(LINES[:500]) + TORN[:50])
        meter(path, sink)
        path.write_bytes(text_of([*LINES[:500], TORN, *LINES[500:510]]))
        assert meter(path, sink) == counts(511, counted=511)
        assert sink.rows(DEAD_LETTERS) == []

    def test_a_readable_last_line_that_grows_is_a_changed_file(self, path: Path, sink: MemorySink) -> None:
        path.write_bytes(text_of(LINES[:2]) + TORN)
        meter(path, sink)
        path.write_bytes(text_of(LINES[:2]) + TORN + b",\n")
        with pytest.raises(LogChangedError, match="within lines 1 to 3"):
            meter(path, sink)

    def test_a_file_of_nothing_but_a_torn_line_is_a_log_of_its_own(self, path: Path, sink: MemorySink) -> None:
        """A file is known by its first line. If that was half-written when it was metered, its dead letter stays."""
        path.write_bytes(TORN[:50])
        meter(path, sink)
        path.write_bytes(TORN + b"\n")
        meter(path, sink)
        assert ledger_totals(sink) == counts(2, counted=1, dead_letters=1)

    def test_white_space_that_begins_a_line_does_not_change_the_file(self, path: Path, sink: MemorySink) -> None:
        path.write_bytes(text_of(LINES[:2]) + b"  ")
        meter(path, sink)
        path.write_bytes(text_of(LINES[:2]) + b"  " + LINES[2] + b"\n")
        assert meter(path, sink) == counts(3, counted=3)


@pytest.mark.usefixtures("_small_epochs")
class TestChangedFiles:
    @pytest.mark.parametrize(
        ("changed", "lines"), [(1, "1 to 500"), (499, "1 to 500"), (500, "501 to 1000"), (1_100, "1001 to 1200")]
    )
    def test_a_changed_line_is_refused_and_nothing_is_written(
        self, path: Path, sink: MemorySink, changed: int, lines: str
    ) -> None:
        path.write_bytes(text_of(LINES))
        meter(path, sink)
        before = stored_rows(sink)
        path.write_bytes(text_of([*LINES[:changed], request_line("other"), *LINES[changed + 1 :]]))
        with pytest.raises(LogChangedError, match=f"differs from it within lines {lines};"):
            meter(path, sink)
        assert stored_rows(sink) == before

    @pytest.mark.parametrize("kept", [1, 500, 700, 1_199])
    def test_a_shorter_file_is_refused(self, path: Path, sink: MemorySink, kept: int) -> None:
        path.write_bytes(text_of(LINES))
        meter(path, sink)
        path.write_bytes(text_of(LINES[:kept]))
        with pytest.raises(LogChangedError, match="is shorter"):
            meter(path, sink)


class TestDamage:
    def test_an_oversized_line_is_one_dead_letter_in_its_place(self, path: Path, sink: MemorySink) -> None:
        path.write_bytes(text_of([LINES[0], b"[" * (MAX_EVENT_BYTES + 1), LINES[1]]))
        assert meter(path, sink) == counts(3, counted=2, dead_letters=1)
        (row,) = sink.rows(DEAD_LETTERS)
        assert (row["line"], row["reason"], row["format"]) == (2, "line_too_long", "oversized")

    def test_what_was_read_before_a_file_breaks_off_is_counted(self, path: Path, sink: MemorySink) -> None:
        whole = gzip.compress(text_of(LINES))
        packed = path.with_suffix(".gz")
        packed.write_bytes(whole[: len(whole) * 2 // 3])
        with pytest.raises(InputError, match="cut short"):
            meter(packed, sink)
        counted = ledger_totals(sink).counted
        assert 0 < counted < 1_200
        assert sum(requests_by_consumer(sink, API_USAGE).values()) == counted
        packed.write_bytes(whole)
        assert meter(packed, sink) == counts(1_200, counted=1_200)
        assert sum(requests_by_consumer(sink, API_USAGE).values()) == 1_200

    def test_a_missing_file_writes_nothing(self, path: Path, sink: MemorySink) -> None:
        with pytest.raises(InputError, match="no such file"):
            meter(path, sink)
        assert stored_rows(sink) == [[] for _ in TABLES]


class StopsAfter(MemorySink):
    """Stores the first `tables` entries it is given, then nothing works any more."""

    def __init__(self, tables: int) -> None:
        super().__init__()
        self.left = tables

    def write(self, batch: Sequence[TableRows]) -> None:
        for rows in batch:
            if self.left == 0:
                raise ClickHouseUnavailable("gone")
            self.left -= 1
            super().write([rows])


@pytest.mark.usefixtures("_small_epochs")
@pytest.mark.parametrize("tables", range(9))
def test_a_ledger_never_claims_more_than_was_stored(path: Path, tables: int) -> None:
    path.write_bytes(text_of(LINES))
    sink = StopsAfter(tables)
    with pytest.raises(ClickHouseUnavailable):
        meter(path, sink)
    for table in (API_USAGE, MONTHLY_REQUESTS):
        stored: Counter[int] = Counter()
        for row in sink.rows(table):
            stored[row["epoch_first_offset"]] += row["requests"]
        for row in sink.rows(EPOCH_LEDGER):
            assert stored[row["epoch_first_offset"]] == row["counted"]
    sink.left = 1_000
    assert meter(path, sink) == counts(1_200, counted=1_200)
    assert sum(requests_by_consumer(sink, API_USAGE).values()) == 1_200


@pytest.mark.usefixtures("_small_epochs")
@pytest.mark.parametrize("tables", range(6))
def test_a_crash_after_another_rulesets_lines_counts_them_once(path: Path, tables: int) -> None:
    path.write_bytes(text_of(LINES[:700]))
    sink = StopsAfter(1_000)
    meter_file(path, sink, OTHER_RULES, log_format="kong-log")
    path.write_bytes(text_of(LINES))
    sink.left = tables
    with pytest.raises(ClickHouseUnavailable):
        meter(path, sink)
    sink.left = 1_000
    assert meter(path, sink) == ledger_totals(sink) == counts(1_200, counted=1_200)
    assert requests_by_consumer(sink, API_USAGE) == {"c0": 400, "c1": 400, "c2": 400}


def test_progress_is_reported_in_bytes_and_events(path: Path, sink: MemorySink) -> None:
    path.write_bytes(text_of(LINES[:3]))
    reported: list[tuple[int, int]] = []
    meter_file(
        path, sink, METERING, log_format="kong-log", on_progress=lambda size, events: reported.append((size, events))
    )
    assert reported[-1][0] == path.stat().st_size
