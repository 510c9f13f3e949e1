"""Chunks cover what was delivered without a gap, each of one format and of limited size."""

import pytest

from gatemeter.metering.log import LogChunk
from gatemeter.sources.chunks import chunks_of
from gatemeter.sources.contiguity import Delivery
from gatemeter.wire.topics import MAX_MESSAGE_BYTES
from tests.support.kafka_records import FakeRecord, records


def chunks(*offsets: int, first: int, size: int = 100) -> list[LogChunk]:
    return list(chunks_of(Delivery(first, offsets[-1] + 1, records(*offsets)), size))


def spans(found: list[LogChunk]) -> list[tuple[int, int, list[int]]]:
    return [(chunk.first_offset, chunk.next_offset, list(chunk.offsets)) for chunk in found]


def formatted(offset: int, log_format: bytes) -> FakeRecord:
    return FakeRecord(offset, headers=(("gatemeter-gateway", b"g"), ("gatemeter-format", log_format)))


def test_messages_without_a_key_are_known_in_every_piece() -> None:
    keys = [b"k", None, b"", b"k", None]
    found = [FakeRecord(offset, key=key) for offset, key in enumerate(keys)]
    (chunk,) = chunks_of(Delivery(0, 5, found), 100)
    assert list(chunk.unkeyed_offsets) == [1, 2, 4]
    assert [list(piece.unkeyed_offsets) for piece in chunk.by_epoch(2)] == [[1], [2], [4]]


def test_records_are_cut_to_size() -> None:
    assert spans(chunks(0, 1, 2, 3, 4, first=0, size=2)) == [(0, 2, [0, 1]), (2, 4, [2, 3]), (4, 5, [4])]


@pytest.mark.parametrize(
    ("sizes_bytes", "cut"),
    [
        ([3, 3, 4, 1], [[0, 1, 2], [3]]),
        ([9, 1], [[0, 1]]),
        ([99, 99, 1], [[0], [1], [2]]),
        ([1, 99, 1], [[0], [1], [2]]),
        ([0, 0, 0], [[0, 1, 2]]),
    ],
)
def test_records_are_cut_to_bytes_and_a_longer_one_is_alone(sizes_bytes: list[int], cut: list[list[int]]) -> None:
    found = [FakeRecord(offset, b"x" * size_bytes) for offset, size_bytes in enumerate(sizes_bytes)]
    pieces = list(chunks_of(Delivery(0, len(found), found), 100, bytes_per_chunk=10))
    assert [list(piece.offsets) for piece in pieces] == cut


def test_long_messages_are_decoded_one_at_a_time() -> None:
    found = [FakeRecord(offset, bytes(MAX_MESSAGE_BYTES)) for offset in range(3)]
    assert [len(piece.values) for piece in chunks_of(Delivery(0, 3, found), 8)] == [1, 1, 1]


def test_a_legal_gap_belongs_to_the_chunk_after_it() -> None:
    assert spans(chunks(7, 8, 12, first=5, size=2)) == [(5, 9, [7, 8]), (9, 13, [12])]


def test_a_chunk_has_one_format() -> None:
    found = [formatted(0, b"a"), formatted(1, b"b"), formatted(2, b"b"), formatted(3, b"a"), FakeRecord(4)]
    pieces = list(chunks_of(Delivery(0, 5, found), 100))
    assert [(piece.log_format, piece.first_offset, piece.next_offset) for piece in pieces] == [
        ("a", 0, 1),
        ("b", 1, 3),
        ("a", 3, 4),
        ("kong-log", 4, 5),
    ]


def test_chunks_hold_values_and_times_and_empty_tombstones() -> None:
    found = [FakeRecord(3, b"x", 30), FakeRecord(4, None, 40)]
    (chunk,) = chunks_of(Delivery(3, 5, found), 100)
    assert (chunk.values, chunk.times_ms) == ([b"x", b""], [30, 40])


def test_a_damaged_format_header_is_a_format_nobody_knows() -> None:
    (chunk,) = chunks_of(Delivery(0, 1, [formatted(0, b"\xff")]), 100)
    assert chunk.log_format == "\ufffd"


@pytest.mark.parametrize("value", [b"5\n" * 10_000, b"[" + b"5," * 40_000 + b"5]"], ids=["lines", "array"])
def test_messages_of_many_short_events_are_taken_one_by_one(value: bytes) -> None:
    found = [FakeRecord(offset, value) for offset in range(3)]
    assert [list(piece.offsets) for piece in chunks_of(Delivery(0, 3, found), 100)] == [[0], [1], [2]]


def test_a_chunk_holds_messages_that_were_cut_by_the_same_rules() -> None:
    told = [b"8", b"8", None, b"7;keep=x"]
    found = [
        FakeRecord(offset, headers=() if value is None else (("gatemeter-slimmed", value),))
        for offset, value in enumerate(told)
    ]
    pieces = list(chunks_of(Delivery(0, 4, found), 100))
    assert [(list(piece.offsets), piece.slimmed) for piece in pieces] == [([0, 1], "8"), ([2], ""), ([3], "7;keep=x")]
    assert [piece.slimmed for piece in pieces[0].by_epoch(1)] == ["8", "8"]
