"""Ships log lines to Kafka in frames; every line of a file is shipped, even an unreadable one.

An unreadable line is shipped like any other, so that the worker dead-letters and counts it. The first bytes of a line
that is too long are shipped in a separate message, in the format `oversized`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gatemeter.clock import Clock
from gatemeter.logfiles.lines import LineBatch
from gatemeter.shipping.partition_key import partition_key, partition_of
from gatemeter.wire.frames import DEFAULT_FORMAT, OVERSIZED_FORMAT, Frame, FrameLimits, FramePacker
from gatemeter.wire.producer import FrameProducer


@dataclass(frozen=True, slots=True)
class ShipSummary:
    """What was shipped: `events` counts all lines that are not blank, `bad_lines` the unreadable ones among them.

    `size_bytes` is the sum of the sent lines; `seconds` is the time from the start to the last acknowledgement.
    """

    events: int
    bad_lines: int
    frames: int
    size_bytes: int
    seconds: float

    @property
    def events_per_s(self) -> float:
        """Events per second; 0.0 if no time has passed."""
        return self.events / self.seconds if self.seconds else 0.0

    def sentence(self) -> str:
        """The summary in words."""
        return (
            f"shipped {self.events:,} events, {self.bad_lines:,} of them unreadable, in {self.frames:,} frames: "
            f"{self.size_bytes / 1e6:,.1f} MB in {self.seconds:.1f} s, {self.events_per_s:,.0f} events/s"
        )


class Shipper:
    """Packs lines by partition and sends the frames with `producer`; `finish` waits for their acknowledgements."""

    def __init__(
        self, producer: FrameProducer, *, limits: FrameLimits, clock: Clock, log_format: str = DEFAULT_FORMAT
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
        """The number of lines taken so far."""
        return self._events

    def ship(self, batches: Iterable[LineBatch]) -> Iterator[None]:
        """Send all lines of `batches`; yields after each batch.

        An empty batch means that the input pauses; frames that have become too old are sent then, too. Raises
        KafkaUnavailable, and what reading the batches raises.
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
        """Send the open frames, and wait for every acknowledgement. Raises KafkaUnavailable."""
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
            self._producer.send(partition, line, OVERSIZED_FORMAT)
        else:
            self._send(partition, self._packers[partition].add(line))

    def _send(self, partition: int, frames: Iterator[Frame]) -> None:
        for frame in frames:
            self._producer.send(partition, frame.value, self._log_format)
