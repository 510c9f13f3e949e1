"""Ships log files while they are written, through rotation, truncation, compression and restarts.

A file is known by its source and its fingerprint (`positions`), not by its path: renamed, copied or compressed it is
the same one, and is read on from where its lines were shipped.
"""

import logging
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from gatemeter.clock import Clock
from gatemeter.errors import InputError
from gatemeter.logfiles.fingerprint import Fingerprint, Resemblance
from gatemeter.logfiles.line_source import is_rotated, line_source
from gatemeter.logfiles.lines import LineBatch, read_line_batches
from gatemeter.logfiles.tail import TailedFile
from gatemeter.shipping.checkpoint import Checkpoint, FilePosition
from gatemeter.shipping.log_paths import LogPaths
from gatemeter.shipping.positions import Positions
from gatemeter.shipping.shipper import Shipper
from gatemeter.shipping.uncompressed_file import UncompressedFile

logger = logging.getLogger(__name__)

_BATCHES_IN_STEP = 64
"""Of one file, so that none keeps the others waiting, and the checkpoint is not far behind."""

_MOST_NAMED = 3
_COMPRESSED = (".gz", ".zst")

_Inode = tuple[int, int]
_State = tuple[int, int, int, int]
"""Device, inode, size, and time of the last change: what does not change while a file stays as it is."""


@dataclass(slots=True)
class _Followed:
    """A file that is held open; `grew_s` is when it was last seen to grow, to `size_bytes`.

    `key` is that of its position, None if nothing of it was shipped since it was truncated so often.
    """

    tail: TailedFile
    grew_s: float
    key: int | None = None
    truncations: int = 0
    size_bytes: int = 0
    is_found: bool = True


@dataclass(slots=True)
class _HeldBack:
    """A file that cannot be told from a shipped one yet, and since when it has been as it is."""

    state: _State
    since_s: float
    is_matched: bool


class Follower:
    """Follows the files that `patterns` match (`log_paths`), and what rotation makes of them.

    `quiet_s` after a rotated file has grown last nobody writes it any more, and it is closed. A file that begins as a
    shipped one and is shorter may be a copy that is being made; if it does not grow for as long it is another file.
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
        self._paths = LogPaths(patterns, clock)
        self._shipper = shipper
        self._checkpoint = checkpoint
        self._clock = clock
        self._origin = origin
        self._quiet_s = quiet_s
        self._acknowledged = checkpoint.load()
        began_ns = round(clock.now().timestamp() * 1e9)
        self._since_ns = checkpoint.followed_since(patterns, began_ns)
        self._is_saved = began_ns not in self._since_ns.values()
        self._left_alone: list[Path] | None = None if self._is_saved else []
        self._positions = Positions(self._acknowledged)
        self._missing = self._positions.last_of_each_source()
        self._began_s = clock.monotonic_s()
        self._followed: dict[_Inode, _Followed] = {}
        self._done: set[_State] = set()
        self._held_back: dict[_Inode, _HeldBack] = {}
        self._unreadable: set[Path] = set()

    def step(self) -> bool:
        """Ship what was added to the files since the last step; whether there was anything.

        It need not be stored yet. Raises KafkaUnavailable; begin anew from the checkpoint then.
        """
        self._find()
        self._warn_of_left_alone()
        self._warn_of_missing()
        return sum(map(self._ship, list(self._followed.values()))) > 0

    def settle(self) -> None:
        """Wait until the brokers have acknowledged all that was shipped, and save that in the checkpoint.

        Raises KafkaUnavailable, and as `Checkpoint.save` does.
        """
        self._shipper.settle()
        positions = self._positions.all()
        if positions != self._acknowledged or not self._is_saved:
            self._checkpoint.save(positions)
            self._acknowledged, self._is_saved = positions, True

    def close(self) -> None:
        """Close all files; idempotent."""
        for followed in self._followed.values():
            followed.tail.close()
        self._followed.clear()

    def _find(self) -> None:
        """Open files that are new, and note where those are that were renamed."""
        for followed in self._followed.values():
            followed.is_found = False
        found = self._paths.find()
        for path in found.matching:
            self._look_at(path, since_ns=-math.inf)
        for path, pattern in found.rotated.items():
            self._look_at(path, since_ns=self._since_ns[pattern])
        for path in self._paths.beside(self._positions.stems):
            if path not in found.matching and path not in found.rotated:
                self._look_at(path, since_ns=math.inf)

    def _warn_of_left_alone(self) -> None:
        """Say when a pattern is new which rotated files are not shipped: they may have been, by somebody else."""
        if self._left_alone:
            logger.warning(
                "left alone, for rotated before they were followed: %s; name them, too, to ship them",
                _listed(list(map(str, self._left_alone))),
            )
        self._left_alone = None

    def _warn_of_missing(self) -> None:
        """Say once which files that were being shipped are not found again: what was added to them is not shipped."""
        if not self._missing or self._clock.monotonic_s() - self._began_s < self._quiet_s:
            return
        logger.warning(
            "not found again, neither there nor rotated beside it: %s; lines that were written after that are not "
            "shipped: name the place where rotation puts files, too, or ship the file by itself",
            _listed([f"{each.path} behind line {each.lines:,}" for each in self._missing.values()]),
        )
        self._missing.clear()

    def _look_at(self, path: Path, *, since_ns: float) -> None:
        """A file of which nothing was shipped is taken up if it was written after `since_ns`."""
        try:
            status = path.stat()
        except OSError:
            return  # renamed or deleted since
        is_matched = status.st_mtime_ns > since_ns
        inode = (status.st_dev, status.st_ino)
        followed, held_back = self._followed.get(inode), self._held_back.get(inode)
        if followed is not None:
            followed.is_found, followed.tail.path = True, path
        elif not status.st_size or _state(status) in self._done or self._checkpoint.is_at(path):
            return
        elif held_back is None or held_back.state != _state(status):
            is_matched |= held_back is not None and held_back.is_matched
            self._take_up(path, status, is_matched=is_matched, may_grow=True)
        elif self._clock.monotonic_s() - held_back.since_s >= self._quiet_s:
            self._take_up(path, status, is_matched=is_matched or held_back.is_matched, may_grow=False)

    def _take_up(self, path: Path, status: os.stat_result, *, is_matched: bool, may_grow: bool) -> None:
        """Begin with a file, or go on with it. One that is not `is_matched` was shipped before, or is let be.

        One that cannot be told from a shipped file is held back while it `may_grow`.
        """
        inode = (status.st_dev, status.st_ino)
        self._held_back.pop(inode, None)
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
        resemblance, key = self._positions.find(tail.source, lambda position: _resemblance(tail, position))
        self._is_found(key)
        if not tail.source and is_rotated(path.name):
            resemblance = Resemblance.OPEN  # a copy of which not even the first line is there
        if key is not None and not tail.go_behind(self._positions[key].offset, self._positions[key].lines):
            resemblance, key = Resemblance.OPEN, None
        if resemblance is Resemblance.OPEN and may_grow:
            self._held_back[inode] = _HeldBack(_state(status), self._clock.monotonic_s(), is_matched)
            tail.close()
        elif key is None and not is_matched:
            self._let_be(path, status)
            tail.close()
        else:
            self._followed[tail.device, tail.inode] = _Followed(tail, self._clock.monotonic_s(), key)

    def _let_be(self, path: Path, status: os.stat_result) -> None:
        self._done.add(_state(status))
        if self._left_alone is not None:
            self._left_alone.append(path)

    def _is_found(self, key: int | None) -> None:
        if key is not None:
            self._missing.pop(key, None)

    def _ship(self, followed: _Followed) -> bool:
        tail = followed.tail
        any_lines = False
        for batch in islice(iter(tail.read, None), _BATCHES_IN_STEP):
            any_lines = True
            self._ship_batch(batch, followed)
        if any_lines or tail.size_bytes != followed.size_bytes:
            followed.grew_s, followed.size_bytes = self._clock.monotonic_s(), tail.size_bytes
        is_left = not followed.is_found or is_rotated(tail.path.name)
        if is_left and self._clock.monotonic_s() - followed.grew_s >= self._quiet_s:
            any_lines |= self._finish(followed)
        return any_lines

    def _finish(self, followed: _Followed) -> bool:
        """Ship the last line of a file that nobody writes any more, even unfinished, and close the file."""
        tail = followed.tail
        rest = tail.rest()
        if rest is not None:
            self._ship_batch(rest, followed)
        self._done.add(_state(tail.status()))
        del self._followed[tail.device, tail.inode]
        tail.close()
        return rest is not None

    def _ship_batch(self, batch: LineBatch, followed: _Followed) -> None:
        tail = followed.tail
        if followed.truncations != tail.truncations:
            followed.key, followed.truncations = None, tail.truncations
        self._send(batch, tail.source)
        fingerprint, status = tail.fingerprint(), tail.status()
        if fingerprint is not None:  # else the lines are sent again after a restart, and counted once
            position = _position(tail.source, tail.path, status, tail.offset, tail.lines, fingerprint)
            followed.key = self._positions.note(followed.key, position)

    def _ship_compressed(self, path: Path, status: os.stat_result, *, is_matched: bool) -> None:
        """Ship what was not shipped before it was compressed. Raises InputError while it is being written."""
        content = UncompressedFile(path)
        source = line_source(path, self._origin)
        _, key = self._positions.find(source, content.resemblance)
        self._is_found(key)
        if key is None and not is_matched:
            self._let_be(path, status)
            return
        shipped_lines = 0 if key is None else self._positions[key].lines
        fingerprint = content.fingerprint()
        for batch in _after(shipped_lines, read_line_batches(path)):
            self._send(batch, source)
            lines = batch.first_line_number + len(batch.lines) - 1
            key = self._positions.note(key, _position(source, path, status, 0, lines, fingerprint))
        self._done.add(_state(status))

    def _send(self, batch: LineBatch, source: str) -> None:
        for _ in self._shipper.ship([batch], source):
            pass


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _resemblance(tail: TailedFile, position: FilePosition) -> Resemblance:
    size_bytes = tail.size_bytes
    if size_bytes < position.fingerprint.length and (tail.device, tail.inode) == (position.device, position.inode):
        return Resemblance.OTHER  # a copy has another inode: this one was truncated
    return position.fingerprint.resemblance(tail.read_at, size_bytes)


def _position(
    source: str, path: Path, status: os.stat_result, offset: int, lines: int, fingerprint: Fingerprint
) -> FilePosition:
    return FilePosition(
        source=source,
        path=str(path),
        device=status.st_dev,
        inode=status.st_ino,
        offset=offset,
        lines=lines,
        fingerprint=fingerprint,
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
