"""Log lines to frames: every line of a file reaches Kafka, also those that nobody can read.

A bad line is shipped like any other, so that the worker dead-letters and counts it; of a line that is too long its
first bytes go out in a message of their own, marked as such.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gatemeter.clock import Clock
from gatemeter.logfiles.lines import LineBatch
from gatemeter.shipping.partition_key import partition_key, partition_of
from gatemeter.wire.frames import Frame, FrameLimits, FramePacker, LogFormat
from gatemeter.wire.producer import FrameProducer


@dataclass(frozen=True, slots=True)
class ShipSummary:
    """What went out: `events` counts every line that is not blank, `bad_lines` those that are no JSON object.

    `size_bytes` is the sum of the lines as sent; `seconds` the time from the first line to the last acknowledgement.
    """

    events: int
    bad_lines: int
    frames: int
    size_bytes: int
    seconds: float

    @property
    def events_per_s(self) -> float:
        """0.0 where no time passed."""
        return self.events / self.seconds if self.seconds else 0.0

    def sentence(self) -> str:
        """The summary in words."""
        return (
            f"shipped {self.events:,} events, {self.bad_lines:,} of them unreadable, in {self.frames:,} frames: "
            f"{self.size_bytes / 1e6:,.1f} MB in {self.seconds:.1f} s, {self.events_per_s:,.0f} events/s"
        )


class Shipper:
    """Packs lines by partition and hands the frames to `producer`; `finish` makes sure of all of them."""

    def __init__(
        self, producer: FrameProducer, *, limits: FrameLimits, clock: Clock, log_format: LogFormat = LogFormat.KONG_LOG
    ) -> None:
        self._producer = producer
        self._clock = clock
        self._log_format = log_format
        self._packers = [FramePacker(limits, clock) for _ in range(producer.partitions)]
        self._started_s = clock.monotonic_s()
        self._events = 0
        self._bad_lines = 0
        self._size_bytes = 0

    @property
    def events(self) -> int:
        """How many lines were taken so far."""
        return self._events

    def ship(self, batches: Iterable[LineBatch]) -> Iterator[None]:
        """Send all lines of `batches`; yields after each batch, empty ones included.

        An empty batch says that the input pauses; frames that have become too old leave then too. Raises
        KafkaUnavailable, and whatever reading the batches raises.
        """
        for batch in batches:
            for index, line in enumerate(batch.lines):
                if line:
                    self._take(line, oversized=index in batch.oversized)
            for partition, packer in enumerate(self._packers):
                self._send(partition, packer.drain_if_old())
            self._producer.poll()
            yield

    def finish(self) -> ShipSummary:
        """Send what is still packed and wait for every acknowledgement. Raises KafkaUnavailable."""
        for partition, packer in enumerate(self._packers):
            self._send(partition, packer.drain())
        self._producer.flush()
        seconds = self._clock.monotonic_s() - self._started_s
        return ShipSummary(self._events, self._bad_lines, self._producer.acknowledged, self._size_bytes, seconds)

    def _take(self, line: bytes, *, oversized: bool) -> None:
        keyed = partition_key(line)
        partition = partition_of(keyed.key, len(self._packers))
        self._events += 1
        self._bad_lines += not keyed.readable
        self._size_bytes += len(line)
        if oversized:
            self._producer.send(partition, line, LogFormat.OVERSIZED)
        else:
            self._send(partition, self._packers[partition].add(line))

    def _send(self, partition: int, frames: Iterator[Frame]) -> None:
        for frame in frames:
            self._producer.send(partition, frame.value, self._log_format)
