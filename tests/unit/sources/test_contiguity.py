"""Offsets arrive once and in order; a jump is believed only where a read covers it."""

from gatemeter.sources.contiguity import CoveringRecords, Delivery, DeliveryGuard
from tests.support.kafka_records import records


def guard_at(offset: int, partition: int = 0) -> DeliveryGuard:
    guard = DeliveryGuard()
    guard.restart({partition: offset})
    return guard


def span(delivery: Delivery | None) -> tuple[int, int, list[int]] | None:
    if delivery is None:
        return None
    return delivery.first_offset, delivery.next_offset, [record.offset for record in delivery.records]


def test_records_in_order_are_delivered() -> None:
    guard = guard_at(5)
    assert span(guard.check(0, records(5, 6))) == (5, 7, [5, 6])
    assert span(guard.check(0, records(7))) == (7, 8, [7])
    assert guard.take_rewinds() == {}


def test_what_was_delivered_before_is_cut_off() -> None:
    guard = guard_at(5)
    assert span(guard.check(0, records(3, 4, 5, 6))) == (5, 7, [5, 6])


def test_only_old_records_are_no_delivery() -> None:
    guard = guard_at(5)
    assert guard.check(0, records(3, 4)) is None
    assert guard.check(0, records()) is None
    assert span(guard.check(0, records(5))) == (5, 6, [5])


def test_a_jump_over_a_single_message_is_read_again() -> None:
    guard = guard_at(5)
    assert guard.check(0, records(6)) is None
    assert guard.take_rewinds() == {0: 5}


def test_a_jump_is_not_delivered_but_read_again() -> None:
    guard = guard_at(5)
    assert guard.check(0, records(7, 8)) is None
    assert guard.take_rewinds() == {0: 5}
    assert guard.take_rewinds() == {}


def test_offsets_within_a_read_hold_no_message() -> None:
    guard = guard_at(5)
    assert span(guard.check(0, records(5, 6, 9))) == (5, 10, [5, 6, 9])
    assert guard.take_rewinds() == {}


def test_offsets_that_a_read_covers_before_its_records_hold_no_message() -> None:
    guard = guard_at(5)
    assert span(guard.check(0, records(7, 8, covers_from=5))) == (5, 9, [7, 8])
    assert span(guard.check(0, records(12, covers_from=3))) == (9, 13, [12])


def test_a_read_that_covers_half_a_gap_is_repeated() -> None:
    guard = guard_at(5)
    assert guard.check(0, records(9, covers_from=7)) is None
    assert guard.take_rewinds() == {0: 5}
    assert span(guard.check(0, records(9, covers_from=5))) == (5, 10, [9])


def test_a_read_that_repeats_itself_is_read_again_from_there() -> None:
    guard = guard_at(5)
    repeating = CoveringRecords([*records(5, 7), *records(7, 8)], covers_from=5)
    assert span(guard.check(0, repeating)) == (5, 8, [5, 7])
    assert guard.take_rewinds() == {0: 8}


def test_nothing_is_delivered_until_the_rewind_was_taken() -> None:
    guard = guard_at(5)
    guard.check(0, records(7))
    assert guard.check(0, records(5, 6)) is None
    guard.take_rewinds()
    assert span(guard.check(0, records(5, 6))) == (5, 7, [5, 6])


def test_a_jump_that_reads_repeat_is_never_believed() -> None:
    guard = guard_at(5)
    for _ in range(3):
        assert guard.check(0, records(7, 8)) is None
        assert guard.take_rewinds() == {0: 5}


def test_a_second_read_that_fills_the_jump_is_delivered() -> None:
    guard = guard_at(5)
    guard.check(0, records(7))
    guard.take_rewinds()
    assert span(guard.check(0, records(5, 6, 7))) == (5, 8, [5, 6, 7])


def test_one_read_never_confirms_its_own_jump() -> None:
    guard = guard_at(5)
    guard.check(0, records(7))
    assert guard.check(0, records(7)) is None


def test_a_jump_whose_offsets_were_delivered_once_is_never_legal() -> None:
    guard = guard_at(5)
    guard.check(0, records(7))
    guard.take_rewinds()
    guard.check(0, records(5, 6, 7))
    guard.rewind(0, 5)
    guard.take_rewinds()
    assert guard.check(0, records(7)) is None


def test_a_restart_forgets_suspicions_and_rewinds() -> None:
    guard = guard_at(5)
    guard.check(0, records(7))
    guard.restart({0: 5})
    assert not guard.suspects(0)
    assert guard.take_rewinds() == {}
    assert guard.check(0, records(7)) is None


def test_partitions_that_are_not_assigned_deliver_nothing() -> None:
    guard = guard_at(5, partition=1)
    assert guard.check(0, records(5)) is None
    guard.restart({0: 5})
    assert guard.check(1, records(5)) is None


def test_partitions_do_not_wait_for_each_other() -> None:
    guard = DeliveryGuard()
    guard.restart({0: 0, 1: 0})
    guard.check(0, records(3))
    assert span(guard.check(1, records(0))) == (0, 1, [0])


def test_reading_again_on_request_goes_back() -> None:
    guard = guard_at(5)
    guard.check(0, records(5, 6, 7))
    guard.rewind(0, 6)
    assert guard.check(0, records(8)) is None
    assert guard.take_rewinds() == {0: 6}
    assert span(guard.check(0, records(6, 7, 8))) == (6, 9, [6, 7, 8])


def test_a_request_for_a_partition_that_was_taken_away_is_void() -> None:
    guard = guard_at(5)
    guard.rewind(1, 0)
    assert guard.take_rewinds() == {}


def test_offsets_before_the_logs_present_start_are_lost() -> None:
    guard = guard_at(5)
    guard.check(0, records(20, 21))
    guard.take_rewinds()
    assert [partition for partition in (0, 1) if guard.suspects(partition)] == [0]
    guard.log_starts_at(0, 18)
    assert guard.check(0, records(20, 21)) is None  # between the log's start and the first record is a jump, too
    assert guard.take_rewinds() == {0: 18}
    delivery = guard.check(0, records(20, 21, covers_from=18))
    assert span(delivery) == (18, 22, [20, 21])
    assert delivery is not None
    assert delivery.lost == range(5, 18)


def test_a_log_that_begins_where_it_should_has_lost_nothing() -> None:
    guard = guard_at(5)
    guard.check(0, records(9))
    guard.take_rewinds()
    guard.log_starts_at(0, 0)
    assert guard.check(0, records(9)) is None
    guard.take_rewinds()
    delivery = guard.check(0, records(9, covers_from=5))
    assert delivery is not None
    assert not delivery.lost
    assert not guard.suspects(0)


def test_what_was_read_before_the_log_lost_more_is_not_lost() -> None:
    guard = guard_at(5)
    guard.check(0, records(20, 21, 22))
    guard.take_rewinds()
    guard.log_starts_at(0, 22)
    delivery = guard.check(0, records(20, 21, 22))
    assert span(delivery) == (20, 23, [20, 21, 22])
    assert delivery is not None
    assert delivery.lost == range(5, 20)


def test_the_logs_start_is_forgotten_once_used_or_reassigned() -> None:
    guard = guard_at(5)
    guard.log_starts_at(0, 8)
    assert span(guard.check(0, records(8))) == (8, 9, [8])
    guard.restart({0: 2})
    assert span(guard.check(0, records(2))) == (2, 3, [2])
    guard.log_starts_at(0, 8)
    guard.restart({0: 2})
    assert span(guard.check(0, records(2))) == (2, 3, [2])


def test_a_log_start_is_believed_for_one_delivery_only() -> None:
    guard = guard_at(5)
    guard.check(0, records(9))
    guard.take_rewinds()
    guard.log_starts_at(0, 12)
    delivery = guard.check(0, records(7))  # read before the log lost it
    assert delivery is not None
    assert (span(delivery), delivery.lost) == ((7, 8, [7]), range(5, 7))
    assert guard.check(0, records(10)) is None
    assert guard.take_rewinds() == {0: 8}
