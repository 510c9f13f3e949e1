"""What a fetch of aiokafka says that it covers, from the bytes of batches as brokers send them."""

import struct
from collections.abc import Iterable, Sequence
from importlib.metadata import version

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition

from gatemeter.sources.contiguity import CoveringRecords
from gatemeter.worker import covering_fetch

P0 = TopicPartition("access", 0)
PRODUCER = 7
_CONTROL = 0x20
_ABORT, _COMMIT = 0, 1
_ATTRIBUTES_AT, _LAST_OFFSET_DELTA_AT = 21, 23


def batch(*offsets: int, base: int | None = None, last: int | None = None, producer: int = -1) -> bytes:
    """Messages at `offsets` in a batch that had those from `base` to `last`; of a `producer`, in its transaction."""
    first = offsets[0] if base is None else base
    builder = DefaultRecordBatchBuilder(2, 0, int(producer >= 0), producer, 0, 0, 1 << 20)
    for offset in offsets:
        builder.append(offset - first, 1_000, None, b"{}", [])
    made = bytearray(builder.build())
    struct.pack_into(">q", made, 0, first)
    struct.pack_into(">i", made, _LAST_OFFSET_DELTA_AT, (offsets[-1] if last is None else last) - first)
    return bytes(made)


def marker(offset: int, kind: int = _COMMIT) -> bytes:
    """The end of a transaction of `PRODUCER`."""
    builder = DefaultRecordBatchBuilder(2, 0, 1, PRODUCER, 0, 0, 1 << 20)
    builder.append(0, 1_000, struct.pack(">hh", 0, kind), b"\0" * 6, [])
    made = bytearray(builder.build())
    struct.pack_into(">q", made, 0, offset)
    attributes = struct.unpack_from(">h", made, _ATTRIBUTES_AT)[0]
    struct.pack_into(">h", made, _ATTRIBUTES_AT, attributes | _CONTROL)
    return bytes(made)


class OneAssignment:
    """aiokafka's assignment of one partition, and its position."""

    active, paused = True, False

    def __init__(self, position: int) -> None:
        self.position = position

    def state_value(self, _partition: TopicPartition) -> "OneAssignment":
        return self

    def consumed_to(self, position: int) -> None:
        self.position = position


def fetched(
    assignment: OneAssignment, *batches: bytes, aborted: Iterable[tuple[int, int]] = ()
) -> covering_fetch.CoveringFetchResult:
    """What a fetch from the assignment's position brought."""
    records = fetcher.PartitionRecords(
        P0,
        MemoryRecords(b"".join(batches)),
        list(aborted),
        assignment.position,
        None,
        None,
        check_crcs=False,
        isolation_level=fetcher.READ_COMMITTED,
    )
    return covering_fetch.CoveringFetchResult(P0, assignment=assignment, partition_records=records, backoff=0)


def seen(records: CoveringRecords) -> tuple[int, list[int]]:
    """From where the records cover the log, and their offsets."""
    return records.covers_from, [record.offset for record in records]


def read(assignment: OneAssignment, *batches: bytes, aborted: Sequence[tuple[int, int]] = ()) -> tuple[int, list[int]]:
    return seen(fetched(assignment, *batches, aborted=aborted).getall())


def test_the_pinned_aiokafka_makes_fetch_results_by_that_name() -> None:
    assert version("aiokafka").startswith("0.14.")
    covering_fetch.install()
    assert "FetchResult" in fetcher.Fetcher._proc_fetch_request.__code__.co_names
    assert fetcher.FetchResult is covering_fetch.CoveringFetchResult


def test_a_read_covers_the_log_from_where_it_was_asked_for() -> None:
    assignment = OneAssignment(5)
    assert read(assignment, batch(5, 6)) == (5, [5, 6])
    assert read(assignment, batch(7)) == (7, [7])


def test_a_marker_within_a_read_is_covered() -> None:
    assignment = OneAssignment(0)
    assert read(assignment, batch(0, 1, producer=PRODUCER), marker(2), batch(3)) == (0, [0, 1, 3])


def test_a_marker_at_the_end_of_a_read_is_covered_by_the_next() -> None:
    assignment = OneAssignment(0)
    assert read(assignment, batch(0, 1, producer=PRODUCER), marker(2)) == (0, [0, 1])
    assert assignment.position == 3
    assert read(assignment, batch(3, producer=PRODUCER), marker(4)) == (2, [3])


def test_reads_of_markers_alone_are_covered_by_the_next_record() -> None:
    assignment = OneAssignment(0)
    read(assignment, batch(0), marker(1))
    assert read(assignment, marker(2)) == (1, [])
    assert read(assignment, marker(3), batch(4)) == (1, [4])


def test_aborted_messages_are_covered() -> None:
    assignment = OneAssignment(0)
    batches = [batch(0), batch(1, 2, producer=PRODUCER), marker(3, _ABORT), batch(4)]
    assert read(assignment, *batches, aborted=[(PRODUCER, 1)]) == (0, [0, 4])


def test_what_compaction_has_deleted_is_covered() -> None:
    assignment = OneAssignment(3)
    assert read(assignment, batch(8, 10, base=6, last=14), batch(20)) == (3, [8, 10, 20])
    assert read(assignment, batch(22)) == (21, [22])


def test_the_end_of_a_compacted_batch_is_covered_by_the_next_read() -> None:
    assignment = OneAssignment(0)
    assert read(assignment, batch(1, base=0, last=9)) == (0, [1])
    assert read(assignment, batch(10)) == (2, [10])


def test_a_read_that_stops_in_mid_fetch_is_continued() -> None:
    assignment = OneAssignment(0)
    result = fetched(assignment, batch(0, 1, 2, producer=PRODUCER), marker(3), batch(4))
    assert seen(result.getall(2)) == (0, [0, 1])
    assert seen(result.getall(2)) == (2, [2, 4])


def test_nothing_is_covered_of_what_a_seek_or_reset_skipped() -> None:
    assignment = OneAssignment(0)
    read(assignment, batch(0, 1), marker(2))
    assignment.position = 9
    assert read(assignment, batch(9)) == (9, [9])


def test_a_lost_read_is_not_covered_by_the_next() -> None:
    assignment = OneAssignment(0)
    read(assignment, batch(0, 1))
    fetched(assignment, batch(2, 3), marker(4)).getall()  # nobody gets them
    assert read(assignment, batch(5)) == (4, [5])


def test_a_result_that_is_no_longer_wanted_covers_nothing() -> None:
    assignment = OneAssignment(0)
    result = fetched(assignment, batch(0))
    assignment.position = 5
    assert seen(result.getall()) == (0, [])
    assert read(assignment, batch(5)) == (5, [5])


@pytest.mark.parametrize("position", [0, 3])
def test_another_assignment_begins_anew(position: int) -> None:
    read(OneAssignment(0), batch(0, 1), marker(2))
    assert read(OneAssignment(position), batch(3)) == (position, [3])
