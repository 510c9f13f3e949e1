"""Says that messages of a topic have no key, as soon as the first one is read.

Events are told apart within a partition. Of a message without a key Kafka's clients choose any partition, and when it
is sent again, perhaps another one: then it is counted twice.
"""

import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)


class UnkeyedMessages:
    """Warns once for each partition of `topic`; `on_unkeyed` gets the number of such messages each time."""

    def __init__(self, topic: str, on_unkeyed: Callable[[int], None]) -> None:
        self._topic = topic
        self._on_unkeyed = on_unkeyed
        self._warned: set[int] = set()

    def found(self, partition: int, offset: int, messages: int, partitions: int) -> None:
        """Record `messages` of a topic of so many `partitions`, the first one at `offset`; of a single one: nothing."""
        if partitions < 2:
            return
        self._on_unkeyed(messages)
        if partition in self._warned:
            return
        self._warned.add(partition)
        logger.warning(
            "%s[%d]: the message at offset %d has no key, and the topic has %d partitions: a copy of it in another one "
            "is counted again. Write messages with a key (the consumer's id, as gatemeter ship does), count the topic "
            "that gatemeter relay makes of it, or keep the event ledger (--event-ledger), which finds such copies",
            self._topic,
            partition,
            offset,
            partitions,
        )
