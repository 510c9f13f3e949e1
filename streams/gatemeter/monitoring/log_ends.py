"""Follows the ends of a log's partitions, as far as the brokers tell them."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from gatemeter.clock import Clock
from gatemeter.errors import KafkaUnavailable
from gatemeter.monitoring.lag import LogEnd, waiting_messages
from gatemeter.monitoring.partition_state import Flow, PartitionState
from gatemeter.monitoring.worker_state import Snapshot

logger = logging.getLogger(__name__)


class EndReader(Protocol):
    """Asks the brokers; every call returns or raises KafkaUnavailable within seconds."""

    def end_offsets(self, partitions: Collection[int]) -> dict[int, int]:
        """The offset that the next message of each partition will get; an unknown one is left out."""

    def has_message(self, partition: int, offset: int) -> bool | None:
        """Whether a message can be read at or after `offset`; None if that did not become clear in time."""


@dataclass(frozen=True, slots=True)
class BrokerSilence:
    """`since_s` is the monotonic time of the first question that was not answered, `reason` why the last was not."""

    since_s: float
    reason: str


class LogEnds:
    """Used from one thread; `known` may be read from any."""

    def __init__(self, reader: EndReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._stood_at: dict[int, tuple[int, int]] = {}
        self.known: dict[int, LogEnd] = {}
        self.answered_s: float | None = None
        """When the brokers answered last, in Unix seconds."""
        self.is_answering = False
        """Whether they answered last time."""
        self.silence: BrokerSilence | None = None
        """Since when and why they have answered no question; None if they answered the last one."""

    def ask(self, now: Snapshot) -> None:
        """Ask for the ends of the partitions of `now`. What is not answered is not known any more."""
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
        self.is_answering, self.known, self._stood_at = False, {}, {}

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
            # There may be nothing to process: a marker that ends a transaction has an offset too.
            and self._has_message(number, partition.next_offset) is False
        ):
            end = LogEnd(offset, since_s, caught_up_s, range(partition.next_offset, offset))
        if not waiting_messages(partition, end):
            end = LogEnd(offset, since_s, now_s, end.empty)
        return end

    def _stands_still(self, number: int, partition: PartitionState, offset: int) -> bool:
        """Whether this was all the same when asked last."""
        last, self._stood_at[number] = self._stood_at.get(number), (partition.next_offset, offset)
        return last == (partition.next_offset, offset)

    def _has_message(self, number: int, offset: int) -> bool | None:
        try:
            return self._reader.has_message(number, offset)
        except KafkaUnavailable as error:
            logger.warning("partition %d cannot be looked into: %s", number, error)
            return None
