"""Offsets are committed once everything before them is stored, and a store that is down is waited for."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest
from confluent_kafka import TIMESTAMP_CREATE_TIME

from gatemeter.errors import ClickHouseUnavailable, RetryableError
from gatemeter.inventory.consuming import consume
from gatemeter.inventory.messages import messages_of
from gatemeter.inventory.taking import InventoryTaker
from gatemeter.kafka.source_topic import SourceTopic
from gatemeter.schema import TableRows
from tests.support.inventories import MemoryInventory, snapshot


class Message:
    def __init__(self, offset: int, value: bytes) -> None:
        self._offset = offset
        self._value = value

    def timestamp(self) -> tuple[int, int]:
        return TIMESTAMP_CREATE_TIME, 1_770_112_800_000

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self._offset

    def value(self) -> bytes:
        return self._value


class ListedTopic:
    """A topic in memory, three messages a read; `events` says what was asked of it and of the store."""

    topic, topic_id = "inventory", "log-1"

    def __init__(self, values: Sequence[bytes], events: list[str]) -> None:
        self._messages = [Message(offset, value) for offset, value in enumerate(values)]
        self._events = events
        self._next = 0

    def read(self) -> Sequence[Message]:
        found = self._messages[self._next : self._next + 3]
        self._next += len(found)
        return found

    def has_reached(self, ends: Mapping[int, int]) -> bool:
        return self._next >= ends[0]

    def commit(self) -> None:
        self._events.append(f"commit {self._next}")


class FailingStore(MemoryInventory):
    failures: list[Exception]
    events: list[str]

    def write(self, rows: TableRows) -> None:
        if self.failures:
            raise self.failures.pop(0)
        super().write(rows)
        self.events.append(rows.table.name)


@pytest.fixture
def events() -> list[str]:
    return []


@pytest.fixture
def store(events: list[str]) -> FailingStore:
    store = FailingStore()
    store.failures, store.events = [], events
    return store


def run(store: FailingStore, values: Sequence[bytes], waited: list[float] | None = None, **options: Any) -> None:
    topic = cast(SourceTopic, ListedTopic(values, store.events))
    pauses: list[float] = [] if waited is None else waited
    consume(topic, InventoryTaker(store), ends={0: len(values)}, wait=pauses.append, **options)


def values() -> list[bytes]:
    return list(messages_of(snapshot(), chunk_bytes=300))


def test_each_commit_follows_what_it_covers(store: FailingStore, events: list[str]) -> None:
    run(store, values())
    assert events[-2:] == ["inventory_snapshots", f"commit {len(values())}"]
    assert [event for event in events if event.startswith("commit")][:2] == ["commit 3", "commit 6"]
    assert events.index("commit 3") > events.index("inventory_entities")


def test_a_store_that_is_down_is_waited_for(store: FailingStore, events: list[str]) -> None:
    waited: list[float] = []
    store.failures = [RetryableError("down")] * 7
    run(store, values(), waited)
    assert waited == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert len(store.table("inventory_snapshots")) == 1


def test_what_only_a_person_can_help_with_commits_nothing(store: FailingStore, events: list[str]) -> None:
    store.failures = [ClickHouseUnavailable("refused")]
    with pytest.raises(ClickHouseUnavailable):
        run(store, values())
    assert events == []


def test_an_end_while_the_store_is_down_commits_nothing(store: FailingStore, events: list[str]) -> None:
    waited: list[float] = []
    store.failures = [RetryableError("down")] * 9
    run(store, values(), waited, is_stopping=lambda: len(waited) == 2)
    assert (events, waited) == ([], [1.0, 2.0])
