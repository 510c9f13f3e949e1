"""Which counters a worker holds, and which chunks they still count."""

import pytest

from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.start_position import StartPosition
from gatemeter.worker.assignment import Assignment, PartitionChunk
from tests.support.kong_events import request_line
from tests.support.logs import FROM_THE_START, METERING, chunk_of, kafka_log


def assignment_of() -> Assignment:
    return Assignment(kafka_log(10), METERING)


def chunk_for(assignment: Assignment, first_offset: int, count: int = 1, partition: int = 0) -> PartitionChunk:
    values = [request_line(f"p{partition}-{first_offset + index}") for index in range(count)]
    return PartitionChunk(partition, assignment.serial(partition), chunk_of(first_offset, values))


def counter(assignment: Assignment, partition: int = 0) -> PartitionCounter:
    found = assignment.counter(partition)
    assert found is not None
    return found


def test_a_chunk_in_sequence_is_counted() -> None:
    assignment = assignment_of()
    assert assignment.assign({0: FROM_THE_START}) == {0: 0}
    assert assignment.count(chunk_for(assignment, 0, count=3)) is None
    assert counter(assignment).totals.counted == 3


def test_a_chunk_sent_before_the_assignment_is_ignored() -> None:
    assignment = assignment_of()
    assignment.assign({0: FROM_THE_START})
    old = chunk_for(assignment, 0)
    assignment.assign({0: FROM_THE_START})
    assert assignment.count(old) is None
    assert counter(assignment).next_offset == 0


def test_a_chunk_of_a_revoked_partition_is_not_counted() -> None:
    assignment = assignment_of()
    assignment.assign({0: FROM_THE_START, 1: FROM_THE_START})
    old = chunk_for(assignment, 0, partition=1)
    assignment.assign({0: FROM_THE_START})
    assert assignment.count(old) is None
    assert assignment.counter(1) is None
    assert assignment.commit_offset(1) is None


def test_a_gap_asks_for_a_rewind_and_invalidates_later_chunks() -> None:
    assignment = assignment_of()
    assignment.assign({0: FROM_THE_START})
    after_gap, next_one = chunk_for(assignment, 2), chunk_for(assignment, 0)
    assert assignment.count(after_gap) == 0
    assert assignment.count(next_one) is None
    assert counter(assignment).next_offset == 0
    assert assignment.count(chunk_for(assignment, 0)) is None
    assert counter(assignment).next_offset == 1


def test_a_gap_in_one_partition_leaves_others_valid() -> None:
    assignment = assignment_of()
    assignment.assign({0: FROM_THE_START, 1: FROM_THE_START})
    other = chunk_for(assignment, 0, partition=1)
    assignment.count(chunk_for(assignment, 2))
    assignment.count(other)
    assert counter(assignment, 1).next_offset == 1


def test_a_counter_past_its_start_is_kept_and_continues() -> None:
    assignment = assignment_of()
    assignment.assign({0: FROM_THE_START})
    assignment.count(chunk_for(assignment, 0, count=25))
    kept = counter(assignment)
    assert assignment.assign({0: StartPosition(10, 20)}) == {0: 25}
    assert counter(assignment) is kept


def test_a_counter_exactly_at_its_start_is_kept() -> None:
    assignment = assignment_of()
    assignment.assign({0: FROM_THE_START})
    assignment.count(chunk_for(assignment, 0, count=20))
    assert assignment.assign({0: StartPosition(10, 20)}) == {0: 20}


def test_a_counter_behind_its_start_is_replaced() -> None:
    assignment = assignment_of()
    assignment.assign({0: FROM_THE_START})
    assignment.count(chunk_for(assignment, 0, count=19))
    assert assignment.assign({0: StartPosition(10, 20)}) == {0: 10}
    assert counter(assignment).totals.counted == 0


def test_a_partition_that_comes_back_starts_again() -> None:
    assignment = assignment_of()
    assignment.assign({0: FROM_THE_START})
    assignment.count(chunk_for(assignment, 0, count=5))
    assignment.assign({})
    assert assignment.assign({0: FROM_THE_START}) == {0: 0}


def test_flushes_and_dirty_rows_cover_all_partitions() -> None:
    assignment = assignment_of()
    assignment.assign({0: FROM_THE_START, 1: FROM_THE_START})
    assignment.count(chunk_for(assignment, 0))
    assignment.count(chunk_for(assignment, 0, partition=1))
    assert assignment.dirty_count == 2
    assert [len(flush.rows) for _, flush in assignment.take_flushes()] == [4, 4]
    assert assignment.dirty_count == 0


@pytest.mark.parametrize(("follows", "kept"), [(None, True), (0, True), (20, False)])
def test_a_counter_is_replaced_over_a_foreign_segment(follows: int | None, *, kept: bool) -> None:
    assignment = assignment_of()
    assignment.assign({0: FROM_THE_START})
    assignment.count(chunk_for(assignment, 0, count=14))  # the followed segment need not be the open one
    assert assignment.assign({0: StartPosition(2, 7, follows)}) == {0: 14 if kept else 2}


def test_nothing_is_counted_after_a_release() -> None:
    assignment = assignment_of()
    assignment.assign({0: FROM_THE_START})
    under_way = chunk_for(assignment, 0, count=5)
    assignment.release()
    assert assignment.count(under_way) is None
    assert assignment.assign({0: FROM_THE_START}) == {0: 0}
