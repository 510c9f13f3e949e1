"""A follower of files in a directory, which sends to memory, may be killed and started again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from gatemeter.clock import ManualClock
from gatemeter.shipping.checkpoint import Checkpoint
from gatemeter.shipping.follower import Follower
from gatemeter.shipping.shipper import MessageCounts, Shipper
from gatemeter.wire.frames import FrameLimits
from gatemeter.wire.producer import MemoryProducer
from gatemeter.wire.source_positions import POSITIONS_HEADER, decode_positions

QUIET_S = 60.0


class Following:
    """A follower of `patterns`, which may be killed and started again."""

    def __init__(self, directory: Path, *patterns: str) -> None:
        self.directory = directory
        self.clock = ManualClock(datetime(2026, 2, 1, tzinfo=UTC))
        self.producer = MemoryProducer("access-log", 2)
        self._patterns = [str(directory / pattern) for pattern in patterns]
        self.follower: Follower | None = None
        self.restart()

    def restart(self) -> None:
        """What was not settled is forgotten, as after a kill."""
        self.close()
        shipper = Shipper(
            self.producer,
            count_events=lambda _format, value: MessageCounts(value.count(b"\n") + 1, 0),
            limits=FrameLimits(max_events=3),
            clock=self.clock,
            log_format="without-ids",
            sends_positions=True,
        )
        checkpoint = Checkpoint(self.directory / "ship.json")
        self.follower = Follower(self._patterns, shipper, checkpoint, clock=self.clock, quiet_s=QUIET_S)

    def close(self) -> None:
        if self.follower is not None:
            self.follower.close()

    def go(self, *, settles: bool = True) -> None:
        assert self.follower is not None
        while self.follower.step():
            pass
        if settles:
            self.follower.settle()

    def sent(self) -> list[str]:
        """All lines that were sent, copies too, in the order of their text."""
        return sorted(line for line, _ in self._positioned())

    def counted(self) -> list[str]:
        """The lines that a worker would count: of each position and text the first."""
        return sorted(line for line, _ in set(self._positioned()))

    def _positioned(self) -> Iterator[tuple[str, str]]:
        for messages in self.producer.stored:
            for message in messages:
                positions = decode_positions(dict(message.headers)[POSITIONS_HEADER].decode())
                lines = message.value.decode().split("\n")
                assert len(positions) == len(lines)
                yield from zip(lines, map(str, positions), strict=True)


def append(path: Path, *lines: str, end: str = "\n") -> None:
    with path.open("a") as file:
        file.write("\n".join(lines) + end)
