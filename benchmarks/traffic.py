"""The events that every candidate counts: generated, stamped into a given span of time, and framed as shipped."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from gatemeter.clock import SystemClock
from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.traffic import Traffic
from gatemeter.logfiles.lines import LineBatch
from gatemeter.shipping.shipper import MessageCounts, Shipper
from gatemeter.wire.frames import FrameLimits
from gatemeter.wire.producer import MemoryProducer
from gatemeter.wire.topics import TopicSpec

PARTITIONS = TopicSpec().partitions
_MS_PER_HOUR = 3_600_000
_STARTED_AT = re.compile(rb'"started_at":(\d+)')


@dataclass(frozen=True, slots=True)
class FramedTraffic:
    """`frames_by_partition[p]` are the messages of partition `p`; together they hold `event_count` events."""

    frames_by_partition: list[list[bytes]]
    event_count: int

    @property
    def frames(self) -> list[bytes]:
        """All frames, partition by partition."""
        return list(chain.from_iterable(self.frames_by_partition))

    @property
    def messages(self) -> list[tuple[int, bytes]]:
        """All frames, each with its partition."""
        return [(number, frame) for number, frames in enumerate(self.frames_by_partition) for frame in frames]

    def first_lines(self, count: int) -> list[bytes]:
        """The first `count` events, a line each."""
        return list(islice((line for frame in self.frames for line in frame.split(b"\n")), count))


def framed_traffic(plan: TrafficPlan, span_hours: float | None) -> FramedTraffic:
    """The traffic of `plan` in frames as the shipper packs and keys them.

    A worker that keeps up sees events of the last hour or two, but the generator spreads any number of them over a
    month. With `span_hours` their times are moved closer together so that all lie within that span, in the same
    order; with None they stay as generated.
    """
    lines = Traffic(plan).lines()
    return framed(lines if span_hours is None else _compressed(lines, plan, span_hours), plan.events)


def framed(lines: Iterator[bytes], event_count: int) -> FramedTraffic:
    """`lines` in frames as the shipper packs and keys them."""
    topic = MemoryProducer("benchmark", PARTITIONS)
    limits = FrameLimits(max_age_s=float("inf"))
    shipper = Shipper(topic, count_events=lambda *_: MessageCounts(0, 0), limits=limits, clock=SystemClock())
    for _ in shipper.ship([LineBatch(1, list(lines), {})]):
        pass
    shipper.finish()
    return FramedTraffic([[message.value for message in messages] for messages in topic.stored], event_count)


def _compressed(lines: Iterator[bytes], plan: TrafficPlan, span_hours: float) -> Iterator[bytes]:
    start_ms = int(plan.starts_at.timestamp()) * 1000
    factor = span_hours / plan.hours

    def moved(match: re.Match[bytes]) -> bytes:
        return b'"started_at":%d' % (start_ms + int((int(match[1]) - start_ms) * factor))

    return (_STARTED_AT.sub(moved, line) for line in lines)
