"""Ships log lines to Kafka in frames; every line of a file is shipped, even one that cannot be counted.

It is shipped like any other, and the worker makes a dead letter of it. The first bytes of a line
that is too long are shipped in a separate message, in the format `oversized`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from gatemeter.clock import Clock
from gatemeter.logfiles.lines import LineBatch
from gatemeter.shipping.partition_key import partition_key, partition_of
from gatemeter.shipping.slim_line import KeepWhole, SlimLine
from gatemeter.wire.frames import DEFAULT_FORMAT, OVERSIZED_FORMAT, Frame, FrameLimits, FramePacker
from gatemeter.wire.producer import FrameProducer
from gatemeter.wire.source_positions import SourcePosition


class MessageCounts(NamedTuple):
    """How many events a message holds, and how many of them cannot be counted."""

    events: int
    dead_letters: int


CountEvents = Callable[[str, bytes], MessageCounts]
"""Counts the events of a message, as whoever meters it will; the first argument is its format."""


@dataclass(frozen=True, slots=True)
class ShipSummary:
    """What was shipped: `events` in lines that are not blank, and how many of them will be `dead_letters`.

    `size_bytes` is the sum of the sent lines; `seconds` is the time from the start to the last acknowledgement.
    """

    events: int
    dead_letters: int
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
            f"shipped {self.events:,} events, {self.dead_letters:,} of them dead letters, in {self.frames:,} frames: "
            f"{self.size_bytes / 1e6:,.1f} MB in {self.seconds:.1f} s, {self.events_per_s:,.0f} events/s"
        )


class Shipper:
    """Packs lines by partition and sends the frames with `producer`; `finish` waits for their acknowledgements.

    With `sends_positions` each frame says where its lines came from. What is sent of a line is what `slim` leaves; its
    partition is that of the whole line.
    """

    def __init__(
        self,
        producer: FrameProducer,
        *,
        count_events: CountEvents,
        limits: FrameLimits,
        clock: Clock,
        log_format: str = DEFAULT_FORMAT,
        sends_positions: bool = False,
        slim: SlimLine | None = None,
    ) -> None:
        self._count_events = count_events
        self._producer = producer
        self._clock = clock
        self._log_format = log_format
        self._sends_positions = sends_positions
        self._slim = slim or KeepWhole()
        self._packers = [FramePacker(limits, clock) for _ in range(producer.partitions)]
        self._started_s = clock.monotonic_s()
        self._lines = 0
        self._events = 0
        self._dead_letters = 0
        self._size_bytes = 0

    @property
    def lines(self) -> int:
        """The number of lines taken so far."""
        return self._lines

    @property
    def sent(self) -> MessageCounts:
        """What the messages hold that are sent so far; open frames are not among them."""
        return MessageCounts(self._events, self._dead_letters)

    def ship(self, batches: Iterable[LineBatch], source: str = "") -> Iterator[None]:
        """Send all lines of `batches`, which come from `source` (`logfiles.line_source`); yields after each batch.

        An empty batch means that the input pauses; frames that have become too old are sent then, too. Raises
        KafkaUnavailable, and what reading the batches raises.
        """
        for batch in batches:
            for index, line in enumerate(batch.lines):
                if line:
                    position = SourcePosition(source, batch.first_line_number + index)
                    self._take(line, position, oversized=index in batch.oversized)
            for partition, packer in enumerate(self._packers):
                self._send(partition, packer.drain_if_old())
            self._producer.poll()
            yield

    def use_format(self, log_format: str, *, sends_positions: bool) -> None:
        """Send the open frames; all lines from now on are of another format. Raises KafkaUnavailable."""
        self.send_open_frames()
        self._log_format, self._sends_positions = log_format, sends_positions

    def send_open_frames(self) -> None:
        """Send all that was taken, without waiting for it. Raises KafkaUnavailable."""
        for partition, packer in enumerate(self._packers):
            self._send(partition, packer.drain())

    def settle(self) -> None:
        """Send the open frames, and wait for every acknowledgement. Raises KafkaUnavailable."""
        self.send_open_frames()
        self._producer.flush()

    def finish(self) -> ShipSummary:
        """`settle`; what was shipped. Raises KafkaUnavailable."""
        self.settle()
        seconds = self._clock.monotonic_s() - self._started_s
        return ShipSummary(self._events, self._dead_letters, self._producer.acknowledged, self._size_bytes, seconds)

    def _take(self, line: bytes, position: SourcePosition, *, oversized: bool) -> None:
        self._lines += 1
        if oversized:
            self._size_bytes += len(line)
            partition = partition_of(partition_key(line), len(self._packers))
            self._send_message(partition, Frame(line, 1), OVERSIZED_FORMAT)
            return
        text, key = self._slim(self._log_format, line)
        self._size_bytes += len(text)
        partition = partition_of(key, len(self._packers))
        self._send(partition, self._packers[partition].add(text, position if self._sends_positions else None))

    def _send(self, partition: int, frames: Iterator[Frame]) -> None:
        for frame in frames:
            self._send_message(partition, frame, self._log_format)

    def _send_message(self, partition: int, frame: Frame, log_format: str) -> None:
        counts = self._count_events(log_format, frame.value)
        self._events += counts.events
        self._dead_letters += counts.dead_letters
        self._producer.send(partition, frame.value, log_format, frame.positions)
