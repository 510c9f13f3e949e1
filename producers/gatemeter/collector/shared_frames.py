"""Frames that the events of many requests share, and a receipt for each request: whether its events are stored."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gatemeter.clock import Clock
from gatemeter.shipping.partition_key import partition_key, partition_of
from gatemeter.shipping.slim_line import SlimLine
from gatemeter.wire.frames import Frame, FrameLimits, FramePacker
from gatemeter.wire.source_positions import SourcePosition


class Stream(NamedTuple):
    """What a frame says of its events: the name of their format, and of their gateway ('' for none)."""

    log_format: str
    gateway: str


class Receipt:
    """Calls `on_end(True)` once all lines of a request are stored, `on_end(False)` when one of them was not."""

    __slots__ = ("_missing", "_on_end")

    def __init__(self, lines: int, on_end: Callable[[bool], None]) -> None:
        self._missing = lines
        self._on_end: Callable[[bool], None] | None = on_end

    def settle(self, lines: int, *, is_stored: bool) -> None:
        """Take note of the end of some of its lines."""
        self._missing -= lines
        if self._on_end is not None and (not is_stored or not self._missing):
            on_end, self._on_end = self._on_end, None
            on_end(is_stored)


class SharedFrame(NamedTuple):
    """A frame on its way to `partition`, and the receipts of its lines with how many lines each has in it."""

    stream: Stream
    partition: int
    frame: Frame
    receipts: Sequence[tuple[Receipt, int]]

    def settle(self, *, is_stored: bool) -> None:
        """Tell every receipt the end of its lines."""
        for receipt, lines in self.receipts:
            receipt.settle(lines, is_stored=is_stored)


@dataclass(slots=True)
class _OpenFrame:
    packer: FramePacker
    receipts: list[tuple[Receipt, int]] = field(default_factory=list)

    def note(self, receipt: Receipt) -> None:
        if self.receipts and self.receipts[-1][0] is receipt:
            self.receipts[-1] = (receipt, self.receipts[-1][1] + 1)
        else:
            self.receipts.append((receipt, 1))

    def take(self, lines: int) -> list[tuple[Receipt, int]]:
        """The receipts of the first `lines` lines, which leave."""
        taken: list[tuple[Receipt, int]] = []
        while lines:
            receipt, count = self.receipts.pop(0)
            leaving = min(count, lines)
            if leaving < count:
                self.receipts.insert(0, (receipt, count - leaving))
            taken.append((receipt, leaving))
            lines -= leaving
        return taken


class SharedFrames:
    """Packs lines by stream and partition; the partition is chosen line by line, as the shipper chooses it.

    What is sent of a line is what `slim` leaves.
    """

    def __init__(self, partitions: int, limits: FrameLimits, clock: Clock, slim: SlimLine) -> None:
        self._partitions = partitions
        self._limits = limits
        self._clock = clock
        self._slim = slim
        self._open: dict[tuple[Stream, int], _OpenFrame] = {}

    def add(
        self, stream: Stream, line: bytes, receipt: Receipt, position: SourcePosition | None = None
    ) -> Iterator[SharedFrame]:
        """Add one line; yields the frames that it completes. All lines of a stream have a position, or none has."""
        text, key = self._slim(stream.log_format, line)
        partition = partition_of(key, self._partitions)
        open_frame = self._open.get((stream, partition))
        if open_frame is None:
            open_frame = self._open[stream, partition] = _OpenFrame(FramePacker(self._limits, self._clock))
        open_frame.note(receipt)
        for frame in open_frame.packer.add(text, position):
            yield SharedFrame(stream, partition, frame, open_frame.take(frame.event_count))

    def alone(self, stream: Stream, line: bytes, receipt: Receipt) -> SharedFrame:
        """A frame of one line that other lines must not share."""
        partition = partition_of(partition_key(line), self._partitions)
        return SharedFrame(stream, partition, Frame(line, 1), [(receipt, 1)])

    def drain(self) -> Iterator[SharedFrame]:
        """Yield all open frames."""
        for (stream, partition), open_frame in self._open.items():
            for frame in open_frame.packer.drain():
                yield SharedFrame(stream, partition, frame, open_frame.take(frame.event_count))
        self._open.clear()
