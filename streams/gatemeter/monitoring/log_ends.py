"""Follows the ends of a log's partitions while the brokers answer."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from gatemeter.clock import Clock
from gatemeter.errors import KafkaUnavailable
from gatemeter.monitoring.lag import LogEnd, waiting_messages
from gatemeter.monitoring.snapshot import Flow, PartitionState, Snapshot

logger = logging.getLogger(__name__)


class EndReader(Protocol):
    """Asks the brokers; every call returns or raises KafkaUnavailable within seconds."""

    def end_offsets(self, partitions: Collection[int]) -> dict[int, int]:
        """The offset of the next message of each partition; an unknown partition is left out."""

    def has_message(self, partition: int, offset: int) -> bool | None:
        """Whether a message can be read at or after `offset`; None if the brokers did not answer in time."""


@dataclass(frozen=True, slots=True)
class BrokerSilence:
    """`since_s` is the monotonic time of the first unanswered request, `reason` the error of the last one."""

    since_s: float
    reason: str


class LogEnds:
    """Used from one thread; `known` may be read from any."""

    def __init__(self, reader: EndReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._last_seen: dict[int, tuple[int, int]] = {}
        self.known: dict[int, LogEnd] = {}
        self.answered_s: float | None = None
        """The last answer of the brokers, in Unix seconds."""
        self.is_answering = False
        """Whether the brokers answered the last request."""
        self.silence: BrokerSilence | None = None
        """Since when and why the brokers do not answer; None if they answered the last request."""

    def ask(self, now: Snapshot) -> None:
        """Ask for the ends of the partitions of `now`, and keep them in `known`; without an answer `known` is empty."""
        asked_s = self._clock.monotonic_s()
        try:
            offsets = self._reader.end_offsets(now.partitions.keys())
        except KafkaUnavailable as error:
            self._unanswered(asked_s, error)
            return
        self._answered()
        self.known = {
            number: self._end(number, partition, offsets[number], now.flow is Flow.FLOWING and not now.is_held)
            for number, partition in now.partitions.items()
            if number in offsets
        }

    def _unanswered(self, asked_s: float, error: KafkaUnavailable) -> None:
        if self.silence is None:
            logger.warning("the brokers do not answer, and what waits is not known: %s", error)
        since_s = asked_s if self.silence is None else self.silence.since_s
        self.silence = BrokerSilence(since_s, error.what)
        self.is_answering, self.known, self._last_seen = False, {}, {}

    def _answered(self) -> None:
        if self.silence is not None:
            silent_s = self._clock.monotonic_s() - self.silence.since_s
            logger.info("the brokers answer again, after %.0f s", silent_s)
        self.silence = None
        self.is_answering, self.answered_s = True, self._clock.now().timestamp()

    def _end(self, number: int, partition: PartitionState, offset: int, should_move: bool) -> LogEnd:
        now_s = self._clock.now().timestamp()
        before = self.known.get(number)
        since_s, caught_up_s, empty = (
            (now_s, None, range(0)) if before is None else (before.since_s, before.caught_up_s, before.empty)
        )
        end = LogEnd(offset, since_s, caught_up_s, empty)
        if (
            should_move
            and waiting_messages(partition, end)
            and self._stands_still(number, partition, offset)
            # Perhaps no message waits: the marker that ends a transaction has an offset, too.
            and self._has_message(number, partition.next_offset) is False
        ):
            end = LogEnd(offset, since_s, caught_up_s, range(partition.next_offset, offset))
        if not waiting_messages(partition, end):
            end = LogEnd(offset, since_s, now_s, end.empty)
        return end

    def _stands_still(self, number: int, partition: PartitionState, offset: int) -> bool:
        """Whether neither the position nor the end has changed since the last answer."""
        last, self._last_seen[number] = self._last_seen.get(number), (partition.next_offset, offset)
        return last == (partition.next_offset, offset)

    def _has_message(self, number: int, offset: int) -> bool | None:
        try:
            return self._reader.has_message(number, offset)
        except KafkaUnavailable as error:
            logger.warning("partition %d cannot be looked into: %s", number, error)
            return None
