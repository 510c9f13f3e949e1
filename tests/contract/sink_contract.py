"""What every sink promises, as tests: a class to inherit from, with `stored` given by the implementation's module."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from gatemeter.metering.counting_start import CountingStart, StartReason, counting_start_rows
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.sink import Sink, StoredEpoch
from gatemeter.schema import API_USAGE, DEAD_LETTERS, EPOCH_LEDGER, Table
from tests.support.logs import kafka_log
from tests.support.stored_rows import dead_letter_rows, ledger_rows, usage, usage_rows

ReadRows = Callable[[Table], list[Mapping[str, Any]]]
"""What a reader sees of a table: {column: value} by key."""


def requests_seen(read: ReadRows) -> list[tuple[str, int, int]]:
    return [(row["consumer_id"], row["version"], row["requests"]) for row in read(API_USAGE)]


class SinkContract:
    """Inherit and provide the fixtures `sink` and `read`."""

    def test_what_is_written_is_read(self, sink: Sink, read: ReadRows) -> None:
        sink.write([usage_rows(usage(consumer_id="a", request_bytes=10**30), usage(consumer_id="b", status=-1))])
        rows = read(API_USAGE)
        assert [(row["consumer_id"], row["request_bytes"], row["status"]) for row in rows] == [
            ("a", 10**30, 200),
            ("b", 0, -1),
        ]

    def test_nothing_to_write_is_fine(self, sink: Sink, read: ReadRows) -> None:
        sink.write([])
        sink.write([usage_rows()])
        assert read(API_USAGE) == []

    def test_writing_again_changes_nothing(self, sink: Sink, read: ReadRows) -> None:
        batch = [
            usage_rows(usage(consumer_id="a", requests=7)),
            dead_letter_rows({"log": "log-1", "offset": 3, "version": 4, "reason": "not-json", "raw": "x"}),
            ledger_rows({"log": "log-1", "version": 4, "consumed": 8, "counted": 7, "dead_letters": 1}),
        ]
        sink.write(batch)
        once = [read(table) for table in (API_USAGE, DEAD_LETTERS, EPOCH_LEDGER)]
        sink.write(batch)
        assert [read(table) for table in (API_USAGE, DEAD_LETTERS, EPOCH_LEDGER)] == once
        assert [len(rows) for rows in once] == [1, 1, 1]

    def test_a_higher_version_replaces_the_whole_row(self, sink: Sink, read: ReadRows) -> None:
        sink.write([usage_rows(usage(consumer_id="a", version=5, requests=3))])
        sink.write([usage_rows(usage(consumer_id="a", version=9, requests=8))])
        assert requests_seen(read) == [("a", 9, 8)]

    def test_a_lower_version_never_wins(self, sink: Sink, read: ReadRows) -> None:
        sink.write([usage_rows(usage(consumer_id="a", version=9, requests=8))])
        sink.write([usage_rows(usage(consumer_id="a", version=5, requests=3))])
        assert requests_seen(read) == [("a", 9, 8)]

    def test_versions_in_one_batch_replace_each_other_too(self, sink: Sink, read: ReadRows) -> None:
        sink.write([usage_rows(usage(version=9, requests=8), usage(version=5, requests=3))])
        assert requests_seen(read) == [("", 9, 8)]

    def test_other_epochs_partitions_and_logs_are_rows_of_their_own(self, sink: Sink, read: ReadRows) -> None:
        places: list[dict[str, Any]] = [{}, {"epoch_first_offset": 1024}, {"partition": 1}, {"log": "log-2"}]
        sink.write([usage_rows(*(usage(**place) for place in places))])
        assert len(read(API_USAGE)) == len(places)

    def test_a_dead_letter_can_be_deleted(self, sink: Sink, read: ReadRows) -> None:
        dead_letter = {"log": "log-1", "offset": 3, "line": 1, "event_index": 1}
        sink.write([dead_letter_rows({**dead_letter, "version": 4, "reason": "not-json"})])
        sink.write([dead_letter_rows({**dead_letter, "version": 5, "is_deleted": 1})])
        sink.write([dead_letter_rows({**dead_letter, "version": 4, "reason": "not-json"})])
        assert read(DEAD_LETTERS) == []

    def test_a_dead_letter_of_another_epoch_replaces_the_one_at_its_place(self, sink: Sink, read: ReadRows) -> None:
        dead_letter = {"log": "log-1", "offset": 1500}
        sink.write([dead_letter_rows({**dead_letter, "version": 1501, "epoch_first_offset": 1024, "reason": "first"})])
        sink.write([dead_letter_rows({**dead_letter, "version": 1600, "epoch_first_offset": 1500, "reason": "second"})])
        assert [row["reason"] for row in read(DEAD_LETTERS)] == ["second"]

    def test_the_ledger_lists_the_epochs_of_one_log_in_order(self, sink: Sink) -> None:
        epoch = {"log": "log-1", "epoch_size": 10, "content_hash": "h", "unterminated_line": -1, "rules": "r"}
        sink.write(
            [
                ledger_rows(
                    {**epoch, "partition": 1, "version": 4},
                    {**epoch, "partition": 0, "epoch_first_offset": 10, "version": 15, "unterminated_line": 14},
                    {**epoch, "partition": 0, "version": 7},
                    {**epoch, "log": "log-2", "version": 1},
                )
            ]
        )
        counts = {"consumed": 10, "counted": 4, "duplicates": 3, "dead_letters": 2, "other_kind": 1}
        sink.write([ledger_rows({**epoch, **counts, "partition": 0, "version": 10})])
        assert list(sink.stored_epochs("log-1")) == [
            StoredEpoch(0, 0, 10, 10, "h", -1, "r", EventCounts(**counts)),
            StoredEpoch(0, 10, 15, 10, "h", 14, "r", EventCounts()),
            StoredEpoch(1, 0, 4, 10, "h", -1, "r", EventCounts()),
        ]

    def test_of_two_recorded_starts_the_earlier_one_stays(self, sink: Sink) -> None:
        log = kafka_log()
        for first_offset, reason in ((0, StartReason.LOG_START), (900, StartReason.LOG_END), (7, StartReason.REBUILD)):
            starts = {3: CountingStart(first_offset, reason), 4: CountingStart(900 - first_offset, reason)}
            sink.write([counting_start_rows(log, starts, datetime(2026, 2, 3, tzinfo=UTC))])
        assert sink.counting_starts(log.identity) == {
            3: CountingStart(0, StartReason.LOG_START),
            4: CountingStart(0, StartReason.LOG_END),
        }
        assert sink.counting_starts("log-'; --") == {}

    def test_an_unknown_log_has_no_epochs(self, sink: Sink) -> None:
        assert list(sink.stored_epochs("log-'; --")) == []
