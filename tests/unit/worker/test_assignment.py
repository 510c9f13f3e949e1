"""Which counters a worker holds, and which chunks still belong to them."""

import pytest

from gatemeter.metering.partition import PartitionCounter, StartPosition
from gatemeter.worker.assignment import Handover, PartitionBoard
from tests.support.kong_events import request_line
from tests.support.logs import FROM_THE_START, METERING, chunk_of, kafka_log


def board_of() -> PartitionBoard:
    return PartitionBoard(kafka_log(10), METERING)


def hand_over(board: PartitionBoard, first_offset: int, count: int = 1, partition: int = 0) -> Handover:
    values = [request_line(f"p{partition}-{first_offset + index}") for index in range(count)]
    return Handover(partition, board.serial(partition), chunk_of(first_offset, values))


def counter(board: PartitionBoard, partition: int = 0) -> PartitionCounter:
    found = board.counter(partition)
    assert found is not None
    return found


def test_a_chunk_in_sequence_is_counted() -> None:
    board = board_of()
    assert board.assign({0: FROM_THE_START}) == {0: 0}
    assert board.count(hand_over(board, 0, count=3)) is None
    assert counter(board).totals.counted == 3


def test_a_chunk_sent_before_the_assignment_is_void() -> None:
    board = board_of()
    board.assign({0: FROM_THE_START})
    old = hand_over(board, 0)
    board.assign({0: FROM_THE_START})
    assert board.count(old) is None
    assert counter(board).next_offset == 0


def test_a_chunk_of_a_partition_that_was_taken_away_is_not_counted() -> None:
    board = board_of()
    board.assign({0: FROM_THE_START, 1: FROM_THE_START})
    old = hand_over(board, 0, partition=1)
    board.assign({0: FROM_THE_START})
    assert board.count(old) is None
    assert board.counter(1) is None
    assert board.commit_offset(1) is None


def test_a_hole_asks_for_a_second_read_and_voids_what_is_under_way() -> None:
    board = board_of()
    board.assign({0: FROM_THE_START})
    after_hole, next_one = hand_over(board, 2), hand_over(board, 0)
    assert board.count(after_hole) == 0
    assert board.count(next_one) is None
    assert counter(board).next_offset == 0
    assert board.count(hand_over(board, 0)) is None
    assert counter(board).next_offset == 1


def test_a_hole_in_one_partition_voids_nothing_of_another() -> None:
    board = board_of()
    board.assign({0: FROM_THE_START, 1: FROM_THE_START})
    other = hand_over(board, 0, partition=1)
    board.count(hand_over(board, 2))
    board.count(other)
    assert counter(board, 1).next_offset == 1


def test_a_counter_that_is_further_is_kept_and_read_on_from_there() -> None:
    board = board_of()
    board.assign({0: FROM_THE_START})
    board.count(hand_over(board, 0, count=25))
    kept = counter(board)
    assert board.assign({0: StartPosition(10, 20)}) == {0: 25}
    assert counter(board) is kept


def test_a_counter_that_is_exactly_as_far_is_kept() -> None:
    board = board_of()
    board.assign({0: FROM_THE_START})
    board.count(hand_over(board, 0, count=20))
    assert board.assign({0: StartPosition(10, 20)}) == {0: 20}


def test_a_counter_that_is_behind_is_replaced() -> None:
    board = board_of()
    board.assign({0: FROM_THE_START})
    board.count(hand_over(board, 0, count=19))
    assert board.assign({0: StartPosition(10, 20)}) == {0: 10}
    assert counter(board).totals.counted == 0


def test_a_partition_that_comes_back_is_counted_anew() -> None:
    board = board_of()
    board.assign({0: FROM_THE_START})
    board.count(hand_over(board, 0, count=5))
    board.assign({})
    assert board.assign({0: FROM_THE_START}) == {0: 0}


def test_flushes_and_dirty_rows_are_those_of_all_partitions() -> None:
    board = board_of()
    board.assign({0: FROM_THE_START, 1: FROM_THE_START})
    board.count(hand_over(board, 0))
    board.count(hand_over(board, 0, partition=1))
    assert board.dirty_count == 2
    assert [len(flush.rows) for _, flush in board.take_flushes()] == [3, 3]
    assert board.dirty_count == 0


@pytest.mark.parametrize(("follows", "kept"), [(None, True), (0, True), (20, False)])
def test_a_counter_is_not_kept_over_a_part_that_another_worker_began(follows: int | None, *, kept: bool) -> None:
    board = board_of()
    board.assign({0: FROM_THE_START})
    board.count(hand_over(board, 0, count=14))  # the part that is followed need not be the open one
    assert board.assign({0: StartPosition(2, 7, follows)}) == {0: 14 if kept else 2}


def test_nothing_is_counted_after_the_release() -> None:
    board = board_of()
    board.assign({0: FROM_THE_START})
    under_way = hand_over(board, 0, count=5)
    board.release()
    assert board.count(under_way) is None
    assert board.assign({0: FROM_THE_START}) == {0: 0}
