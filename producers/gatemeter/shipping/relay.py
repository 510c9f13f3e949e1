"""Relays a topic of single events to a topic of frames, exactly once.

The frames and the offsets up to which the source was read are committed in one transaction: after a crash of the
relay or of a broker both count, or neither does, and the events are read again.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE

from gatemeter.clock import Clock
from gatemeter.kafka.source_topic import SourceTopic
from gatemeter.kafka.transactions import TransactionAborted, TransactionalProducer
from gatemeter.shipping.repacker import RepackedFrame, Repacker, SourceMessage

logger = logging.getLogger(__name__)

_SUSPICIOUSLY_MANY_ABORTS = 10


@dataclass(frozen=True, slots=True)
class TransactionLimits:
    """A transaction ends with `max_messages` of the source, or when its first one has waited for `max_age_s`.

    After `max_idle_s` without messages the offsets are committed again, for the brokers forget them after some days.
    """

    max_messages: int = 50_000
    max_age_s: float = 1.0
    max_idle_s: float = 3600.0


@dataclass(slots=True)
class RelaySummary:
    """What was committed: `messages` of the source as `events` in `frames`, in so many `transactions`."""

    messages: int = 0
    events: int = 0
    frames: int = 0
    transactions: int = 0
    seconds: float = 0.0

    def sentence(self) -> str:
        """The summary in words."""
        rate = self.messages / self.seconds if self.seconds else 0.0
        return (
            f"relayed {self.messages:,} messages as {self.events:,} events in {self.frames:,} frames and "
            f"{self.transactions:,} transactions: {self.seconds:.1f} s, {rate:,.0f} messages/s"
        )


class Relay:
    """Moves messages from `source` to `target`; only `summary` is committed."""

    def __init__(
        self,
        source: SourceTopic,
        target: TransactionalProducer,
        repacker: Repacker,
        *,
        limits: TransactionLimits,
        clock: Clock,
    ) -> None:
        self.summary = RelaySummary()
        self._source = source
        self._target = target
        self._repacker = repacker
        self._limits = limits
        self._clock = clock
        self._open = RelaySummary()
        self._opened_s = 0.0
        self._committed_s = clock.monotonic_s()
        self._aborts = 0

    def run(self, *, ends: Mapping[int, int] | None = None, is_stopping: Callable[[], bool] = lambda: False) -> None:
        """Relay until all before `ends` (None: for ever) is committed, or until `is_stopping` returns true.

        Raises KafkaUnavailable or ConflictError; then nothing of the open transaction counts.
        """
        began_s = self._clock.monotonic_s()
        while not is_stopping():
            has_reached_ends = ends is not None and self._source.has_reached(ends)
            if has_reached_ends and not self._open.messages:
                break
            self._step(self._commit if has_reached_ends or self._is_due() else self._move)
            self.summary.seconds = self._clock.monotonic_s() - began_s
        if self._open.messages or not self.summary.transactions:
            self._step(self._commit)
        self.summary.seconds = self._clock.monotonic_s() - began_s

    def _step(self, step: Callable[[], None]) -> None:
        """If the transaction is aborted, what was read is read again."""
        try:
            step()
        except TransactionAborted as aborted:
            self._aborts += 1
            if self._aborts % _SUSPICIOUSLY_MANY_ABORTS == 1:
                logger.warning("a transaction was aborted and is repeated (%d so far): %s", self._aborts, aborted)
            self._repacker.clear()
            self._source.rewind()
            self._open = RelaySummary()

    def _move(self) -> None:
        for message in self._source.read():
            if not self._open.messages:
                self._opened_s = self._clock.monotonic_s()
                self._target.begin()
            self._open.messages += 1
            for frame in self._repacker.take(_taken(message)):
                self._send(frame)

    def _commit(self) -> None:
        self._target.begin()
        for frame in self._repacker.drain():
            self._send(frame)
        self._target.commit(self._source.topic, self._source.offsets, self._source.consumer)
        self._source.committed()
        self.summary.messages += self._open.messages
        self.summary.events += self._open.events
        self.summary.frames += self._open.frames
        self.summary.transactions += 1
        self._open = RelaySummary()
        self._committed_s = self._clock.monotonic_s()

    def _is_due(self) -> bool:
        now_s = self._clock.monotonic_s()
        if not self._open.messages:
            return now_s - self._committed_s >= self._limits.max_idle_s
        return self._open.messages >= self._limits.max_messages or now_s - self._opened_s >= self._limits.max_age_s

    def _send(self, frame: RepackedFrame) -> None:
        self._target.send(frame.partition, frame.value, frame.headers, frame.time_ms)
        self._open.frames += 1
        self._open.events += frame.event_count


def _taken(message: Any) -> SourceMessage:
    kind, time_ms = message.timestamp()
    time = None if kind == TIMESTAMP_NOT_AVAILABLE else time_ms
    return SourceMessage(message.partition(), message.offset(), message.value(), message.headers(), time)
