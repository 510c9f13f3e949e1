"""Where snapshots go: to the topic of the inventory, or straight into a store; and from the topic into a store."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from clickhouse_connect.driver.client import Client

from gatemeter.background import repeated
from gatemeter.clickhouse.connection import WRITE_TIMEOUT_S, ClickHouseAddress, connect
from gatemeter.clickhouse.inventory_store import ClickHouseInventory
from gatemeter.clock import SystemClock
from gatemeter.errors import ClickHouseUnavailable, ConflictError, GatemeterError, RetryableError
from gatemeter.inventory.consuming import consume
from gatemeter.inventory.messages import messages_of
from gatemeter.inventory.rows import MessageLocation, replayed_rows
from gatemeter.inventory.snapshot import Snapshot
from gatemeter.inventory.taking import InventoryRecord, InventoryTaker, Taken
from gatemeter.kafka.producer import KafkaProducer
from gatemeter.kafka.source_topic import SourceTopic
from gatemeter.kafka.topics import topic_id
from gatemeter.migrations.schema_check import require_declared_schema
from gatemeter.wire.topics import INVENTORY_TOPIC
from gatemeter.wiring.store import open_store

GROUP = "gatemeter-inventory"
"""The default group of those who read the topic."""

Send = Callable[[Snapshot], None]
"""Sends a whole snapshot; on return it is stored where it goes to."""


@contextmanager
def kafka_sender(kafka: str, topic: str) -> Iterator[Send]:
    """Sends to a topic. Raises KafkaUnavailable; then nothing is seen of the snapshot that was being sent."""
    with closing(KafkaProducer(kafka, topic)) as producer:

        def send(snapshot: Snapshot) -> None:
            key = snapshot.control_plane.id.encode()
            for message in messages_of(snapshot):
                producer.send_keyed(key, message)
            producer.flush()

        yield send


@contextmanager
def store_sender(data: Path | None, clickhouse: str | None) -> Iterator[Send]:
    """Writes into a store, which is created if it is a directory's. Raises as `open_store` and `InventoryStore`."""
    with open_store(data, clickhouse, create=True) as client:
        store = ClickHouseInventory(client)

        def send(snapshot: Snapshot) -> None:
            records = [InventoryRecord(MessageLocation(), message) for message in messages_of(snapshot)]
            for _, rejection in InventoryTaker(store).take(records).dead_letters:
                raise ConflictError(f"the store does not take the snapshot: {rejection}", do="please report this")

        yield send


def take_inventory(
    client: Client,
    kafka: str,
    topic: str,
    group: str,
    *,
    is_stopping: Callable[[], bool],
    once: bool = False,
    wait: Callable[[float], object] = time.sleep,
) -> Taken:
    """Take the topic into the store of `client` from where `group` stands; with `once` until where it ends now.

    `wait` is called with seconds while the store is down. Raises as `consume`.
    """
    with _source(kafka, topic, group) as source:
        taker = InventoryTaker(ClickHouseInventory(client))
        consume(source, taker, ends=source.ends() if once else None, is_stopping=is_stopping, wait=wait)
    return taker.taken


def replay_inventory(client: Client, kafka: str, topic: str) -> Taken:
    """Take the whole topic again, and take away the dead letters whose messages could be taken this time.

    Raises as `consume`.
    """
    store = ClickHouseInventory(client)
    standing = store.dead_letters(topic_id(kafka, topic))

    def take_away(records: list[InventoryRecord], taken: Taken) -> None:
        rejected = {location for location, _ in taken.dead_letters}
        for record in records:
            location = record.location
            if (location.partition, location.offset) in standing and location not in rejected:
                store.write(replayed_rows(location))

    # A group that nobody else has, and that commits nothing, begins with the oldest message.
    with _source(kafka, topic, f"{GROUP}-replay-{secrets.token_hex(8)}") as source:
        taker = InventoryTaker(store)
        consume(source, taker, ends=source.ends(), on_batch=take_away, commits=False)
    return taker.taken


def taking_inventory(kafka: str, clickhouse_url: str, note: Callable[[str], None]) -> AbstractContextManager[None]:
    """Take the default topic into the server's store beside what else the process does, until the block ends.

    `note` gets what went wrong, once where it stays the same; it is tried again after a while.
    """
    said = ""

    def take(is_over: threading.Event) -> None:
        nonlocal said
        try:
            with opened_server(clickhouse_url) as client:
                take_inventory(client, kafka, INVENTORY_TOPIC, GROUP, is_stopping=is_over.is_set, wait=is_over.wait)
        except GatemeterError as error:
            if not is_over.is_set() and str(error) != said:
                said = str(error)
                note(f"the inventory is not taken: {said}")

    return repeated("inventory", take, every_s=_AGAIN_S, end_s=_END_S)


_AGAIN_S = 30.0
_END_S = 10.0


@contextmanager
def opened_server(url: str) -> Iterator[Client]:
    """A client of a migrated server that gives a hanging write up after a minute. Raises only StopErrors."""
    try:
        client = connect(ClickHouseAddress.parse(url), answer_timeout_s=WRITE_TIMEOUT_S)
    except RetryableError as error:
        raise ClickHouseUnavailable(error.what, where=error.where, do="start it again once it answers") from error
    with closing(client):
        require_declared_schema(client)
        yield client


def _source(kafka: str, topic: str, group: str) -> AbstractContextManager[SourceTopic]:
    return _started(SourceTopic(kafka, topic, topic_id(kafka, topic), group, clock=SystemClock(), client_id=GROUP))


@contextmanager
def _started(source: SourceTopic) -> Iterator[SourceTopic]:
    with closing(source):
        source.start()
        yield source
