"""Ships log files while they are written, through rotation, truncation, compression and restarts.

A file is known by its source (`logfiles.line_source`), not by its path: renamed, copied or compressed it is the same
one, and is read on from where its lines were shipped.
"""

import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from gatemeter.clock import Clock
from gatemeter.errors import InputError
from gatemeter.logfiles.line_source import is_rotated, line_source
from gatemeter.logfiles.lines import LineBatch, read_line_batches
from gatemeter.logfiles.tail import TailedFile
from gatemeter.shipping.checkpoint import Checkpoint, FilePosition
from gatemeter.shipping.log_paths import beside, matching
from gatemeter.shipping.shipper import Shipper

logger = logging.getLogger(__name__)

_BATCHES_IN_STEP = 64
"""Of one file, so that none keeps the others waiting, and the checkpoint is not far behind."""

_COMPRESSED = (".gz", ".zst")

_Inode = tuple[int, int]
_State = tuple[int, int, int, int]
"""Device, inode, size, and time of the last change: what does not change while a file stays as it is."""


@dataclass(slots=True)
class _Followed:
    """A file that is held open; `grew_s` is when it was last seen to grow, to `size_bytes`."""

    tail: TailedFile
    grew_s: float
    size_bytes: int = 0
    is_found: bool = True


class Follower:
    """Follows the files that `patterns` match (`log_paths.matching`), and what rotation makes of them.

    `quiet_s` after a rotated file has grown last nobody writes it any more, and it is closed.
    """

    def __init__(
        self,
        patterns: Sequence[str],
        shipper: Shipper,
        checkpoint: Checkpoint,
        *,
        clock: Clock,
        origin: str | None = None,
        quiet_s: float = 60.0,
    ) -> None:
        self._patterns = patterns
        self._shipper = shipper
        self._checkpoint = checkpoint
        self._clock = clock
        self._origin = origin
        self._quiet_s = quiet_s
        self._acknowledged = checkpoint.load()
        self._positions = dict(self._acknowledged)
        self._followed: dict[_Inode, _Followed] = {}
        self._done: set[_State] = set()
        self._unreadable: set[Path] = set()

    def step(self) -> bool:
        """Ship what was added to the files since the last step; whether there was anything.

        It need not be stored yet. Raises KafkaUnavailable; begin anew from the checkpoint then.
        """
        self._find()
        return sum(map(self._ship, list(self._followed.values()))) > 0

    def settle(self) -> None:
        """Wait until the brokers have acknowledged all that was shipped, and save that in the checkpoint.

        Raises KafkaUnavailable, and as `Checkpoint.save` does.
        """
        self._shipper.settle()
        if self._positions != self._acknowledged:
            self._checkpoint.save(self._positions)
            self._acknowledged = dict(self._positions)

    def close(self) -> None:
        """Close all files; idempotent."""
        for followed in self._followed.values():
            followed.tail.close()
        self._followed.clear()

    def _find(self) -> None:
        """Open files that are new, and note where those are that were renamed."""
        for followed in self._followed.values():
            followed.is_found = False
        matched = matching(self._patterns)
        for path in matched:
            self._look_at(path, is_matched=True)
        for path in beside(Path(position.path) for position in self._positions.values()):
            if path not in matched:
                self._look_at(path, is_matched=False)

    def _look_at(self, path: Path, *, is_matched: bool) -> None:
        try:
            status = path.stat()
        except OSError:
            return  # renamed or deleted since
        followed = self._followed.get((status.st_dev, status.st_ino))
        if followed is not None:
            followed.is_found, followed.tail.path = True, path
        elif status.st_size and _state(status) not in self._done and not self._checkpoint.is_at(path):
            self._take_up(path, status, is_matched=is_matched)

    def _take_up(self, path: Path, status: os.stat_result, *, is_matched: bool) -> None:
        """Begin with a file, or go on with it. One that no pattern matches was shipped before, or is let be."""
        try:
            if path.suffix in _COMPRESSED:
                self._ship_compressed(path, status, is_matched=is_matched)
                return
            tail = TailedFile(path, self._origin)
        except InputError as error:
            if path not in self._unreadable:
                logger.warning("%s; it is tried again", error)
            self._unreadable.add(path)
            return
        self._unreadable.discard(path)
        position = self._positions.get(tail.source)
        if position is None and not is_matched:
            self._done.add(_state(status))
            tail.close()
        elif position is not None and not tail.go_behind(position.offset, position.lines):
            self._done.add(_state(status))  # a copy that is being made; it is another state once it has grown
            tail.close()
        else:
            self._followed[tail.device, tail.inode] = _Followed(tail, self._clock.monotonic_s())

    def _ship(self, followed: _Followed) -> bool:
        tail = followed.tail
        any_lines = False
        for batch in islice(iter(tail.read, None), _BATCHES_IN_STEP):
            any_lines = True
            self._ship_batch(batch, tail)
        if any_lines or tail.size_bytes != followed.size_bytes:
            followed.grew_s, followed.size_bytes = self._clock.monotonic_s(), tail.size_bytes
        is_left = not followed.is_found or is_rotated(tail.path.name)
        if is_left and self._clock.monotonic_s() - followed.grew_s >= self._quiet_s:
            any_lines |= self._finish(tail)
        return any_lines

    def _finish(self, tail: TailedFile) -> bool:
        """Ship the last line of a file that nobody writes any more, even unfinished, and close the file."""
        rest = tail.rest()
        if rest is not None:
            self._ship_batch(rest, tail)
        self._done.add(_state(tail.status()))
        del self._followed[tail.device, tail.inode]
        tail.close()
        return rest is not None

    def _ship_batch(self, batch: LineBatch, tail: TailedFile) -> None:
        self._send(batch, tail.source)
        self._note(tail.source, tail.path, tail.status(), tail.offset, tail.lines)

    def _ship_compressed(self, path: Path, status: os.stat_result, *, is_matched: bool) -> None:
        """Ship what was not shipped before it was compressed. Raises InputError while it is being written."""
        source = line_source(path, self._origin)
        position = self._positions.get(source)
        if position is not None or is_matched:
            shipped_lines = 0 if position is None else position.lines
            for batch in _after(shipped_lines, read_line_batches(path)):
                self._send(batch, source)
                self._note(source, path, status, 0, batch.first_line_number + len(batch.lines) - 1)
        self._done.add(_state(status))

    def _send(self, batch: LineBatch, source: str) -> None:
        for _ in self._shipper.ship([batch], source):
            pass

    def _note(self, source: str, path: Path, status: os.stat_result, offset: int, lines: int) -> None:
        known = self._positions.pop(source, None)
        if known is not None and known.lines > lines:  # of a copy of the file
            offset, lines = known.offset, known.lines
        self._positions[source] = FilePosition(
            source=source, path=str(path), device=status.st_dev, inode=status.st_ino, offset=offset, lines=lines
        )


def _state(status: os.stat_result) -> _State:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _after(lines: int, batches: Iterable[LineBatch]) -> Iterator[LineBatch]:
    """The batches without the first `lines` lines."""
    for batch in batches:
        skipped = max(0, lines + 1 - batch.first_line_number)
        if skipped < len(batch.lines):
            oversized = {index - skipped: size for index, size in batch.oversized.items() if index >= skipped}
            yield LineBatch(batch.first_line_number + skipped, batch.lines[skipped:], oversized, batch.terminated)
