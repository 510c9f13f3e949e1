"""Takes the inventory from its topic into a store: offsets are committed once everything before them is stored."""

import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE

from gatemeter.errors import RetryableError
from gatemeter.inventory.rows import MessageLocation
from gatemeter.inventory.taking import InventoryRecord, InventoryTaker, Taken
from gatemeter.kafka.source_topic import SourceTopic

logger = logging.getLogger(__name__)

_LONGEST_WAIT_S = 30.0


class OnBatch(Protocol):
    """Called once a batch is stored, before its offsets are committed. Raises as `InventoryStore.write`."""

    def __call__(self, records: list[InventoryRecord], taken: Taken) -> None:
        """`taken` is what became of `records`."""


def consume(
    source: SourceTopic,
    taker: InventoryTaker,
    *,
    ends: Mapping[int, int] | None = None,
    is_stopping: Callable[[], bool] = lambda: False,
    on_batch: OnBatch = lambda records, taken: None,
    commits: bool = True,
    wait: Callable[[float], object] = time.sleep,
) -> None:
    """Take messages until all before `ends` are stored (None: for ever), or until `is_stopping` returns true.

    A store that is down is waited for. Raises KafkaUnavailable, ConflictError, and StopError of the store; what was not
    committed then is read again, which changes nothing.
    """
    while not is_stopping() and not (ends is not None and source.has_reached(ends)):
        records = [_record(source, message) for message in source.read()]
        if records and not _patiently(partial(_take, taker, records, on_batch), is_stopping, wait):
            return
        if records and commits:
            source.commit()


def _take(taker: InventoryTaker, records: list[InventoryRecord], on_batch: OnBatch) -> None:
    taken = taker.take(records)
    on_batch(records, taken)
    for location, rejection in taken.dead_letters:
        where = f"{location.topic}[{location.partition}]@{location.offset}"
        logger.warning("%s: a message of the inventory could not be taken: %s", where, rejection)


def _patiently(call: Callable[[], None], is_stopping: Callable[[], bool], wait: Callable[[float], object]) -> bool:
    """Whether a call to the store was done, however long that took; False where it is to end before."""
    pause_s = 1.0
    while not is_stopping():
        try:
            call()
        except RetryableError as error:
            logger.warning("the store does not take the inventory, it is tried again in %.0f s: %s", pause_s, error)
            wait(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_WAIT_S)
        else:
            return True
    return False


def _record(source: SourceTopic, message: Any) -> InventoryRecord:
    kind, time_ms = message.timestamp()
    location = MessageLocation(
        source.topic_id,
        message.partition(),
        message.offset(),
        source.topic,
        None if kind == TIMESTAMP_NOT_AVAILABLE else time_ms,
    )
    return InventoryRecord(location, message.value())
