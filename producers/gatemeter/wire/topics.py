"""The Kafka topics of gatemeter, and the settings of each.

The *kind* of a topic says whether a message is a frame of many events or a single event. The kind sets the default of
the epoch size, the number of offsets after which a running aggregate is closed (docs/adr/0002). The epoch size is
stored with the numbers and never changes silently.
"""

from dataclasses import dataclass
from enum import StrEnum


class TopicKind(StrEnum):
    """The content of one message of a topic."""

    FRAMES = "frames"
    SINGLE_EVENTS = "single-events"


EPOCH_SIZE_BY_KIND = {TopicKind.FRAMES: 1024, TopicKind.SINGLE_EVENTS: 262_144}
"""Offsets in an epoch: around half a million events in full frames, or a quarter of a million single events."""

MAX_EVENT_BYTES = 4 * 1024 * 1024
"""The longest line that is read as an event; a longer line is dead-lettered with its first bytes."""

MAX_MESSAGE_BYTES = MAX_EVENT_BYTES + 1024 * 1024
"""The message size that topic and clients must allow: the longest event, with room for its frame."""


ACCESS_LOG_TOPIC = "gatemeter.access-log"
"""The default topic of producers and workers."""


INVENTORY_TOPIC = "gatemeter.inventory"
"""The default topic of what gateways have configured."""


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """How a topic is created. `partitions` limits the number of workers, and is planned once."""

    name: str = ACCESS_LOG_TOPIC
    kind: TopicKind = TopicKind.FRAMES
    partitions: int = 8
    replication_factor: int = 1
    retention_ms: int = 14 * 24 * 3600 * 1000


INVENTORY_TOPIC_SPEC = TopicSpec(INVENTORY_TOPIC, partitions=1, retention_ms=400 * 24 * 3600 * 1000)
"""A few messages an hour: one partition, and a year to replay what could not be taken."""


BUDGETS_TOPIC = "gatemeter.budget-crossings"
"""The default topic of crossings of budgets."""

BUDGETS_TOPIC_SPEC = TopicSpec(BUDGETS_TOPIC, partitions=1, retention_ms=400 * 24 * 3600 * 1000)
"""One partition, whose owner announces; longer than any window, for what the topic holds is not announced again."""


def topic_id_text(librdkafka_id: str) -> str:
    """A topic's id as Kafka's own tools print it: in URL-safe base64."""
    return librdkafka_id.replace("+", "-").replace("/", "_")
