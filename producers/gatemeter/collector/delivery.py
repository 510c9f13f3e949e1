"""From lines to acknowledged frames, in the event loop of the collector."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from gatemeter.clock import Clock
from gatemeter.collector.shared_frames import Receipt, SharedFrame, SharedFrames, Stream
from gatemeter.logfiles.lines import OVERSIZED_HEAD_BYTES
from gatemeter.shipping.slim_line import KeepWhole, SlimLine
from gatemeter.wire.frames import OVERSIZED_FORMAT, FrameLimits
from gatemeter.wire.source_positions import SourcePosition
from gatemeter.wire.topics import MAX_EVENT_BYTES

_POLL_S = 0.003
_LINES_BETWEEN_TURNS = 50


class MessageProducer(Protocol):
    """See `kafka.acknowledged_producer`; its methods do not wait."""

    @property
    def partitions(self) -> int:
        """The number of partitions."""

    @property
    def in_flight(self) -> int:
        """The number of messages whose end is not known."""

    def send(
        self,
        partition: int,
        value: bytes,
        log_format: str,
        gateway: str,
        positions: Sequence[SourcePosition],
        on_end: Callable[[bool], None],
    ) -> None:
        """Queue one message; `on_end(is_stored)` is called by `poll`, or at once."""

    def poll(self) -> None:
        """Serve what is known of messages."""


class Delivery:
    """Packs what `slim` leaves of lines into frames, sends them after `linger_s`, and says what became of the lines."""

    def __init__(self, producer: MessageProducer, linger_s: float, clock: Clock, slim: SlimLine | None = None) -> None:
        self._producer = producer
        self._frames = SharedFrames(producer.partitions, FrameLimits(max_age_s=linger_s), clock, slim or KeepWhole())
        self._linger_s = linger_s
        self._flush_timer: asyncio.TimerHandle | None = None
        self._is_polling = False
        self.sent_frames = 0
        self.failed_frames = 0

    async def store(self, stream: Stream, lines: Sequence[bytes], positions: Sequence[SourcePosition]) -> bool:
        """Whether all `lines` are stored; False as soon as one of them is not. `positions` is as long, or empty."""
        if not lines:
            return True
        loop = asyncio.get_running_loop()
        is_stored: asyncio.Future[bool] = loop.create_future()
        receipt = Receipt(len(lines), partial(_tell, is_stored))
        for index, line in enumerate(lines):
            self._add(stream, line, receipt, positions[index] if positions else None)
            if index % _LINES_BETWEEN_TURNS == _LINES_BETWEEN_TURNS - 1:
                await asyncio.sleep(0)  # others are served while a large body is packed
        if self._flush_timer is None:
            self._flush_timer = loop.call_later(self._linger_s, self.flush)
        return await is_stored

    def flush(self) -> None:
        """Send all open frames."""
        if self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None
        for frame in self._frames.drain():
            self._send(frame)

    def _add(self, stream: Stream, line: bytes, receipt: Receipt, position: SourcePosition | None) -> None:
        if len(line) > MAX_EVENT_BYTES:
            oversized = Stream(OVERSIZED_FORMAT, stream.gateway)
            self._send(self._frames.alone(oversized, line[:OVERSIZED_HEAD_BYTES], receipt))
            return
        for frame in self._frames.add(stream, line, receipt, position):
            self._send(frame)

    def _send(self, frame: SharedFrame) -> None:
        def on_end(is_stored: bool) -> None:
            self.failed_frames += not is_stored
            frame.settle(is_stored=is_stored)

        self.sent_frames += 1
        stream, packed = frame.stream, frame.frame
        self._producer.send(frame.partition, packed.value, stream.log_format, stream.gateway, packed.positions, on_end)
        if not self._is_polling:
            self._is_polling = True
            asyncio.get_running_loop().call_later(_POLL_S, self._poll)

    def _poll(self) -> None:
        self._producer.poll()
        self._is_polling = self._producer.in_flight > 0
        if self._is_polling:
            asyncio.get_running_loop().call_later(_POLL_S, self._poll)


def _tell(is_stored: "asyncio.Future[bool]", value: bool) -> None:
    if not is_stored.done():
        is_stored.set_result(value)
