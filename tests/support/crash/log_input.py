"""The input of crash tests: frames with late and out-of-order events, copies and bad lines, and unreadable messages.

Everything follows from the plan. A copy stands at most one epoch behind its original in the same partition, so a
worker must find every copy.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random
from typing import Any
from zlib import crc32

from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.traffic import Traffic
from tests.support.crash.oracle import Kind, read_event

PARTITIONS = 4
_LATE_SHARE, _MOST_LATE_LINES = 0.02, 3_000
_COPY_SHARE = 0.06
_POISON_SHARE = 0.04
_POISON = (
    (b"\xff\xfe\x00 this is no text", None),
    (b"", None),
    (None, None),
    (b"-.-. --.- -..", "morse"),
    (b'{"request":{"id":"1"},"response":{"status":200}', None),
)


@dataclass(frozen=True, slots=True)
class InputPlan:
    """`events` lines of generated traffic, `lines_per_frame` to a message, epochs of `epoch_size` messages."""

    events: int
    seed: int = 1
    lines_per_frame: int = 8
    epoch_size: int = 8


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `log_format` goes into its header, None for no header."""

    partition: int
    value: bytes | None
    log_format: str | None = None


class LogInput:
    """The messages of a plan, to be read once. `truth` is complete once `messages` is exhausted."""

    def __init__(self, plan: InputPlan) -> None:
        self._plan = plan
        self._rng = Random(plan.seed)
        self._traffic = Traffic(
            TrafficPlan(plan.events, seed=plan.seed, duplicates=0.0, bad=0.02, streams=0.03, ai=0.15, out_of_order=0.15)
        )
        self._frames: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
        self._recent: list[deque[list[bytes]]] = [deque(maxlen=plan.epoch_size - 1) for _ in range(PARTITIONS)]

    def truth(self) -> dict[str, Any]:
        """What a correct meter finds, by the generator: totals and usage, without copies and unreadable messages."""
        return self._traffic.truth.document()

    def messages(self) -> Iterator[Message]:
        """Every message; the messages of each partition are in their order."""
        for line in self._late_lines():
            event = read_event(line)
            partition = crc32(event.consumer.encode() or line) % PARTITIONS
            frame = self._frames[partition]
            frame.append(line)
            if len(frame) >= self._plan.lines_per_frame:
                yield self._message(partition)
                yield from self._poison(partition)
        for partition, frame in enumerate(self._frames):
            if frame:
                yield self._message(partition)

    def _late_lines(self) -> Iterator[bytes]:
        held: list[tuple[int, bytes]] = []
        for number, line in enumerate(self._traffic.lines()):
            if self._rng.random() < _LATE_SHARE:
                heappush(held, (number + self._rng.randrange(_MOST_LATE_LINES), line))
            else:
                yield line
            while held and held[0][0] <= number:
                yield heappop(held)[1]
        while held:
            yield heappop(held)[1]

    def _message(self, partition: int) -> Message:
        lines, self._frames[partition] = self._frames[partition], []
        copyable = [line for line in lines if read_event(line).kind is not Kind.DEAD_LETTER]
        originals = [line for frame in self._recent[partition] for line in frame] + copyable
        copies = [line for line in lines if originals and self._rng.random() < _COPY_SHARE]
        self._recent[partition].append(copyable)
        return Message(partition, b"\n".join([*lines, *(self._rng.choice(originals) for _ in copies)]))

    def _poison(self, partition: int) -> Iterator[Message]:
        if self._rng.random() < _POISON_SHARE:
            self._recent[partition].append([])
            yield Message(partition, *self._rng.choice(_POISON))
