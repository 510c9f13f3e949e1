"""Recounting stored epochs gives the stored rows, or the reason why it cannot."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.errors import EpochSizeChangedError
from gatemeter.events.access_event import TimeRange
from gatemeter.metering.epoch import NO_UNTERMINATED_LINE
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.start_position import StartPosition
from gatemeter.recompute.recount import Recounted, RecountedEpoch, UncountableEpoch, recount
from tests.support.kong_events import request_line
from tests.support.listed_log import ListedLog, count, listed
from tests.support.logs import FROM_THE_START, METERING, kafka_log, without_version

# Every seventh event is a copy of the one four before: copies within an epoch, and across the end of each.
VALUES = [
    b"no event" if number % 11 == 5 else request_line(f"e{number - 4 * (number % 7 == 0)}", consumer=f"c{number % 3}")
    for number in range(60)
]
OTHER_RULES = Metering(METERING.prices, TimeRange(from_ms=1_000))


def recounted_into_sink(found: Sequence[Recounted]) -> MemorySink:
    sink = MemorySink()
    for each in found:
        assert isinstance(each, RecountedEpoch), each
        sink.write(each.rows)
    return sink


def recounted(log: ListedLog, sink: MemorySink, metering: Metering = METERING) -> list[Recounted]:
    return list(recount(log, sink.stored_epochs(log.log.identity), metering))


def uncountable(found: Sequence[Recounted]) -> dict[int, str]:
    """Reasons by first offset."""
    return {each.epoch.first_offset: each.reason for each in found if isinstance(each, UncountableEpoch)}


@pytest.mark.parametrize("stop", [1, 7, 10, 23, 60])
def test_rows_are_those_that_were_stored(sink: MemorySink, stop: int) -> None:
    log = listed(VALUES)
    count(log, sink, FROM_THE_START, stop)
    again = recounted_into_sink(recounted(log, sink))
    assert without_version(again) == without_version(sink)


def test_epochs_in_a_row_share_one_reading(sink: MemorySink) -> None:
    log = listed(VALUES)
    count(log, sink, FROM_THE_START, 43)
    log.reads.clear()
    assert [each.epoch.first_offset for each in recounted(log, sink)] == [0, 10, 20, 30, 40]
    assert log.reads == [range(43)]


def test_chosen_epochs_are_warmed_by_the_one_before(sink: MemorySink) -> None:
    log = listed(VALUES)
    count(log, sink, FROM_THE_START, 60)
    log.reads.clear()
    stored = sink.stored_epochs(log.log.identity)
    (found,) = recount(log, stored, METERING, chosen=lambda epoch: epoch.first_offset == 30)
    assert log.reads == [range(20, 40)]
    assert isinstance(found, RecountedEpoch)
    (ledger,) = [rows for rows in found.rows if rows.table.name == "epoch_ledger"]
    assert (
        dict(zip(ledger.table.column_names, (column[0] for column in ledger.columns), strict=True))["duplicates"]
        == found.epoch.counts.duplicates
    )


def test_a_first_start_in_the_middle_reads_nothing_before_it(sink: MemorySink) -> None:
    log = listed(VALUES)
    count(log, sink, StartPosition(23, 23), 47)
    assert without_version(recounted_into_sink(recounted(log, sink))) == without_version(sink)
    assert min(read.start for read in log.reads) == 23


def test_segments_of_one_epoch_are_counted_apart(sink: MemorySink) -> None:
    log = listed(VALUES)
    count(log, sink, FROM_THE_START, 23)
    count(log, sink, StartPosition(10, 23), 47)
    assert [epoch.first_offset for epoch in sink.stored_epochs(log.log.identity)] == [0, 10, 20, 23, 30, 40]
    assert without_version(recounted_into_sink(recounted(log, sink))) == without_version(sink)


def test_messages_that_do_not_exist_are_no_difference(sink: MemorySink) -> None:
    log = ListedLog({offset: VALUES[offset] for offset in range(60) if offset % 5 and not 18 <= offset < 33}, 60)
    count(log, sink, FROM_THE_START, 60)
    assert without_version(recounted_into_sink(recounted(log, sink))) == without_version(sink)


def test_epochs_that_retention_cut_into_are_uncountable(sink: MemorySink) -> None:
    log = listed(VALUES)
    count(log, sink, FROM_THE_START, 60)
    log.begin = 25
    found = recounted(log, sink)
    reasons = uncountable(found)
    assert list(reasons) == [0, 10, 20, 30]
    assert "begins at offset 25 now" in reasons[30]
    assert [each.epoch.first_offset for each in found if isinstance(each, RecountedEpoch)] == [40, 50]


def test_a_segment_after_lost_offsets_is_uncountable(sink: MemorySink) -> None:
    log = listed(VALUES)
    count(log, sink, FROM_THE_START, 12)
    log.begin = 24
    count(log, sink, StartPosition(24, 24), 60)
    assert list(uncountable(recounted(log, sink))) == [0, 10, 24, 30]


def test_segments_of_another_ruleset_are_uncountable(sink: MemorySink) -> None:
    log = listed(VALUES)
    count(log, sink, FROM_THE_START, 33, metering=OTHER_RULES)
    count(log, sink, StartPosition(20, 33), 60)
    found = recounted(log, sink)
    assert list(uncountable(found)) == [0, 10, 20, 30]
    assert all("other counting rules" in reason for reason in uncountable(found).values())
    again = recounted_into_sink([each for each in found if isinstance(each, RecountedEpoch)])
    stored = without_version(sink)
    for name, rows in without_version(again).items():
        if name != "dead_letters":
            assert rows == [row for row in stored[name] if row["epoch_first_offset"] >= 33]


def test_a_log_that_is_shorter_than_what_was_counted(sink: MemorySink) -> None:
    log = listed(VALUES)
    count(log, sink, FROM_THE_START, 60)
    for end in (55, 59):
        log.end = end
        assert uncountable(recounted(log, sink)) == {50: f"the log ends at offset {end} now"}


def test_another_epoch_size_is_refused(sink: MemorySink) -> None:
    log = listed(VALUES)
    count(log, sink, FROM_THE_START, 20)
    stored = [replace(epoch, epoch_size=20) for epoch in sink.stored_epochs(kafka_log().identity)]
    with pytest.raises(EpochSizeChangedError):
        list(recount(log, stored, METERING))


@pytest.mark.parametrize(("unfinished", "countable"), [(19, True), (NO_UNTERMINATED_LINE, False)])
def test_a_last_line_that_was_ended_since_cannot_be_counted(
    sink: MemorySink, unfinished: int, *, countable: bool
) -> None:
    log = listed(VALUES[:20])
    count(log, sink, FROM_THE_START, 20)
    first, last = sink.stored_epochs(log.log.identity)
    stored = [first, replace(last, unterminated_line=19)]
    log.last_line = unfinished
    found = list(recount(log, stored, METERING))
    assert [isinstance(each, RecountedEpoch) for each in found] == [True, countable]
