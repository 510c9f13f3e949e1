"""All events of a consumer and all copies of a line share a partition."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.shipping.partition_key import partition_key, partition_of

FULL = {
    "consumer": {"id": "c-1", "username": "acme", "custom_id": "42"},
    "authenticated_entity": {"consumer_id": "a-1"},
    "request": {"id": "r-1"},
}


def key(document: object) -> bytes:
    return partition_key(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ((), b"c-1"),
        (("id",), b"acme"),
        (("id", "username"), b"42"),
        (("id", "username", "custom_id"), b"a-1"),
    ],
)
@pytest.mark.parametrize("instead", [..., None, "", 7, ["x"], {"a": 1}, True])
def test_the_first_known_consumer_name_is_the_key(missing: tuple[str, ...], expected: bytes, instead: object) -> None:
    consumer: dict[str, object] = dict(FULL["consumer"])
    for name in missing:
        consumer.pop(name) if instead is ... else consumer.update({name: instead})
    assert key({**FULL, "consumer": consumer}) == expected


@pytest.mark.parametrize("consumer", [None, "acme", 5, [], {}])
def test_without_a_consumer_the_request_id_is_the_key(consumer: object) -> None:
    assert key({"consumer": consumer, "request": {"id": "r-1"}, "authenticated_entity": {}}) == b"r-1"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"subject": "consumer:c-1", "id": "e-1", "source": "gw"}, b"consumer:c-1"),
        ({"subject": "", "id": "e-1"}, b"e-1"),
        ({"subject": 7, "id": "e-1"}, b"e-1"),
    ],
)
def test_a_cloudevent_is_keyed_by_subject_and_then_id(event: object, expected: bytes) -> None:
    assert key(event) == expected


def test_other_fields_may_have_any_type() -> None:
    assert key({**FULL, "response": {"status": "abc"}, "latencies": [], "started_at": None}) == b"c-1"


@pytest.mark.parametrize("line", [b"{}", b'{"request":{}}', b'{"request":7}', b'{"request":{"id":""}}'])
def test_an_event_without_identity_is_keyed_by_its_bytes(line: bytes) -> None:
    keyed = partition_key(line)
    assert keyed == partition_key(b"  " + line + b"\t")
    assert keyed != partition_key(line[:-1] + b',"a":1}')


@pytest.mark.parametrize(
    "line",
    [
        b"plain text",
        b'{"consumer":{"id":"c-1"}',
        b"42",
        b"[1]",
        b'"text"',
        b"null",
        b"\x00\xff",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_a_line_other_than_an_object_is_keyed_by_bytes(line: bytes) -> None:
    keyed = partition_key(line)
    assert keyed == partition_key(b" " + line + b" ")
    assert len(keyed) == 16


@pytest.mark.parametrize("line", [b'{"x":"\xff",%b}', b"\xef\xbb\xbf{%b}", b"\x00\x00{%b}", b'{%b,"x":"\x01"}'])
def test_a_line_that_has_to_be_mended_keeps_its_partition(line: bytes) -> None:
    assert partition_key(line % b'"consumer":{"id":"c-1"}') == b"c-1"


@given(st.binary(max_size=200), st.integers(1, 64))
def test_any_bytes_have_a_partition_within_range(line: bytes, partitions: int) -> None:
    assert 0 <= partition_of(partition_key(line), partitions) < partitions


def test_partitions_of_known_keys_never_change() -> None:
    # Another hash would send the copies of stored events to other partitions, where they would count again.
    assert [partition_of(f"consumer-{n}".encode(), 8) for n in range(8)] == [2, 0, 4, 7, 7, 6, 0, 1]


def test_consumers_spread_over_the_partitions() -> None:
    counts = [0] * 8
    for number in range(4000):
        counts[partition_of(f"consumer-{number}".encode(), 8)] += 1
    assert min(counts) > 400


def test_callers_without_a_consumer_are_keyed_by_their_credential() -> None:
    event = {"authenticated_entity": {"id": "user-7f3a"}, "request": {"id": "r-1"}}
    assert key(event) == key({**event, "request": {"id": "r-2"}}) == b"user-7f3a"
    assert key({**event, "odd": "\ud800"}) == b"user-7f3a"


@pytest.mark.parametrize("name", [b"se\xffrvice", b"gr\xf6\xdfe"])
def test_names_that_are_not_utf8_beside_an_object_do_not_stop_what_ships(name: bytes) -> None:
    line = b'{"%s":"x","inner":{"time":1770000000000}}' % name
    assert partition_key(line) == partition_key(line + b" ")
