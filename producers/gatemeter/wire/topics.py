"""The Kafka topics gatemeter uses and what each must look like.

A topic's *kind* says whether a message is a frame of many events or a single event; with it goes the epoch size, the
number of offsets after which a running aggregate is closed (docs/adr/0002). The size is stored with the numbers and
never changes silently.
"""

from dataclasses import dataclass
from enum import StrEnum


class TopicKind(StrEnum):
    """What one message of a topic holds."""

    FRAMES = "frames"
    SINGLE_EVENTS = "single-events"


EPOCH_SIZE_BY_KIND = {TopicKind.FRAMES: 1024, TopicKind.SINGLE_EVENTS: 262_144}
"""Offsets in an epoch: around half a million events for full frames, a quarter of a million where a message is one."""

MAX_EVENT_BYTES = 4 * 1024 * 1024
"""The longest line read as an event; what is longer is dead-lettered with its first bytes."""

MAX_MESSAGE_BYTES = MAX_EVENT_BYTES + 1024 * 1024
"""What topic and clients must allow for one message: a longest event with room for its frame."""


ACCESS_LOG_TOPIC = "gatemeter.access-log"
"""The topic that producers write to and workers read from unless told otherwise."""


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """How a topic is created: `partitions` are the unit of scale; a plan for them is made once."""

    name: str = ACCESS_LOG_TOPIC
    kind: TopicKind = TopicKind.FRAMES
    partitions: int = 8
    replication_factor: int = 1
    retention_ms: int = 14 * 24 * 3600 * 1000


def topic_id_text(librdkafka_id: str) -> str:
    """A topic's id as Kafka's own tools print it: base64 whose last two letters are those fit for file names."""
    return librdkafka_id.replace("+", "-").replace("/", "_")
