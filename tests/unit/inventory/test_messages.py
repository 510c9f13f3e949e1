"""Snapshots as messages, and messages as they are taken: whole, repeated, incomplete, and not ours."""

import re
from datetime import UTC, datetime

import msgspec
import pytest

from gatemeter.errors import RejectedEvent, RetryableError
from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.messages import EntitiesMessage, SnapshotMessage, messages_of, read_message
from gatemeter.inventory.rows import MessageLocation
from gatemeter.inventory.snapshot import KindInventory
from gatemeter.inventory.stored import entity_of, snapshot_of
from gatemeter.inventory.taking import InventoryRecord, InventoryTaker
from gatemeter.schema import TableRows
from tests.support.inventories import LISTED, SERVICES, MemoryInventory, records, snapshot


@pytest.fixture
def store() -> MemoryInventory:
    return MemoryInventory()


def reasons(taker: InventoryTaker) -> list[str]:
    return [rejection.reason for _, rejection in taker.taken.dead_letters]


def test_entities_come_in_chunks_and_the_snapshot_last() -> None:
    messages = [read_message(value) for value in messages_of(snapshot(), chunk_bytes=1)]
    assert [type(message) for message in messages] == [EntitiesMessage] * 12 + [SnapshotMessage]


def test_an_unchanged_configuration_keeps_its_sets_and_not_its_id() -> None:
    first, second = snapshot(), snapshot(taken_at=datetime(2026, 2, 4, tzinfo=UTC))
    assert first.of(Kind.SERVICE).set_id == second.of(Kind.SERVICE).set_id
    assert first.id != second.id


def test_sets_of_two_kinds_with_the_same_entities_differ() -> None:
    same = Entity(id="name:a", name="a")
    assert KindInventory.listed(Kind.SERVICE, [same]).set_id != KindInventory.listed(Kind.ROUTE, [same]).set_id


def test_of_an_entity_that_came_twice_the_later_one_stays() -> None:
    moved = Entity(id="s1", name="renamed")
    found = KindInventory.listed(Kind.SERVICE, [*SERVICES, moved])
    assert (found.count, found.entities[0]) == (2, moved)


def test_what_was_stored_is_the_snapshot_that_was_sent(store: MemoryInventory) -> None:
    sent = snapshot()
    InventoryTaker(store).take(records(sent))
    entities: dict[str, list[Entity]] = {}
    for row in store.table("inventory_entities"):
        entities.setdefault(row["set_id"], []).append(entity_of(row))
    (row,) = store.table("inventory_snapshots")
    assert snapshot_of(row, entities) == sent
    assert row["snapshot_id"] == sent.id == snapshot_of(row, entities).id


def test_messages_that_are_taken_again_change_no_row(store: MemoryInventory) -> None:
    messages = records(snapshot(), snapshot(taken_at=datetime(2026, 2, 4, tzinfo=UTC)))
    InventoryTaker(store).take(messages)
    before = {name: dict(rows) for name, rows in store.rows.items()}
    InventoryTaker(store).take(messages[3:])
    assert store.rows == before
    assert len(before["inventory_entities"]) == sum(map(len, LISTED.values()))


def test_a_snapshot_without_its_end_is_none(store: MemoryInventory) -> None:
    InventoryTaker(store).take(records(snapshot())[:-1])
    assert store.table("inventory_snapshots") == []


def test_a_snapshot_that_lacks_a_chunk_becomes_a_dead_letter(store: MemoryInventory) -> None:
    messages = records(snapshot())
    taker = InventoryTaker(store)
    taker.take([messages[0], *messages[2:]])
    assert store.table("inventory_snapshots") == []
    assert reasons(taker) == ["incomplete_snapshot"]
    (letter,) = store.table("inventory_dead_letters")
    assert (letter["offset"], letter["detail"][:4]) == (len(messages) - 1, "1 of")
    taker.take([messages[1], messages[-1]])
    assert len(store.table("inventory_snapshots")) == 1


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b'{"format":"gatemeter-inventory/1","x":' + b"[" * 100_000, "not_json"),
        (b"[]", "not_an_inventory"),
        (b"{}", "other_version"),
        (b'{"format":"gatemeter-inventory/2"}', "other_version"),
        (b'{"format":"gatemeter-inventory/1","type":"entities","password":"secret"}', "not_an_inventory"),
    ],
)
def test_what_is_not_ours_becomes_a_dead_letter(store: MemoryInventory, value: bytes | None, reason: str) -> None:
    taker = InventoryTaker(store)
    taker.take([InventoryRecord(MessageLocation("log-1", 0, 7, "inventory"), value), *records(snapshot())])
    assert reasons(taker) == [reason]
    assert len(store.table("inventory_snapshots")) == 1
    assert "secret" not in str(store.table("inventory_dead_letters"))


def test_a_time_that_cannot_be_stored_is_a_dead_letter(store: MemoryInventory) -> None:
    taker = InventoryTaker(store)
    taker.take(records(snapshot(taken_at=datetime(9999, 1, 1, tzinfo=UTC))))
    assert reasons(taker) == ["bad_time"]


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_utc_does_not_have_is_a_dead_letter(store: MemoryInventory, time: str) -> None:
    closing = records(snapshot({}))[-1].value or b""
    changed = re.sub(rb'"taken_at":"[^"]+"', b'"taken_at":"%s"' % time.encode(), closing)
    taker = InventoryTaker(store)
    taker.take([InventoryRecord(MessageLocation(), changed)])
    assert reasons(taker) == ["bad_time"]


def test_a_count_that_no_column_holds_is_a_dead_letter(store: MemoryInventory) -> None:
    *_, closing = messages_of(snapshot())
    changed = msgspec.json.decode(closing)
    changed["facts"]["cores"] = 2**63
    taker = InventoryTaker(store)
    taker.take([InventoryRecord(MessageLocation(), msgspec.json.encode(changed))])
    assert reasons(taker) == ["not_an_inventory"]


def test_after_a_failed_write_the_same_messages_are_taken_whole() -> None:
    class FailsOnce(MemoryInventory):
        failures = 1

        def write(self, rows: TableRows) -> None:
            if rows.table.name == "inventory_snapshots" and self.failures:
                self.failures -= 1
                raise RetryableError("overloaded")
            super().write(rows)

    store = FailsOnce()
    taker = InventoryTaker(store)
    with pytest.raises(RetryableError):
        taker.take(records(snapshot()))
    taker.take(records(snapshot()))
    assert (len(store.table("inventory_snapshots")), taker.taken.messages) == (1, len(records(snapshot())))


def test_a_dead_letter_says_where_and_repeats_nothing() -> None:
    with pytest.raises(RejectedEvent, match=r"kind$"):
        read_message(b'{"format":"gatemeter-inventory/1","type":"entities","control_plane_id":"a","kind":"password"}')
