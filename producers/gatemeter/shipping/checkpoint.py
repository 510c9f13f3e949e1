"""How far files have been shipped: a file on disk that survives the shipper.

It is replaced as a whole, and only with positions of lines that the brokers have acknowledged. So a shipper that is
killed sends again what it sent since, and never leaves anything out.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from gatemeter.errors import ConflictError, InputError
from gatemeter.logfiles.fingerprint import Fingerprint
from gatemeter.whole_file import whole_file


class FilePosition(msgspec.Struct, frozen=True, kw_only=True):
    """`offset` bytes, which are `lines` lines, of the file that `source` names (`logfiles.line_source`) are shipped.

    `path`, `device` and `inode` are those that the file had then. Of a compressed file the offset is 0: its lines are
    counted alone. `fingerprint` tells the file from others of that name.
    """

    source: str
    path: str
    device: int
    inode: int
    offset: int
    lines: int
    fingerprint: Fingerprint = Fingerprint()

    def at(self, other: "FilePosition") -> "FilePosition":
        """This position, of the file where `other` says that it lies."""
        return msgspec.structs.replace(self, path=other.path, device=other.device, inode=other.inode)


class _Content(msgspec.Struct):
    files: list[FilePosition]
    followed_since_ns: dict[str, int] = {}
    version: int = 1


_MOST_FILES = 10_000
"""Positions that are kept, the latest ones: of files that are gone too, for a compressed copy may come later."""


class Checkpoint:
    """The positions in the file at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._new = path.with_name(f"{path.name}.new")
        self._followed_since_ns: dict[str, int] = {}

    def is_at(self, path: Path) -> bool:
        """Whether `path` is the file of the checkpoint, or the one that will replace it."""
        return path.absolute() in (self._path.absolute(), self._new.absolute())

    def load(self) -> list[FilePosition]:
        """The positions that were saved last; none if there is no such file.

        Raises InputError if it cannot be read, ConflictError if it is not a checkpoint.
        """
        try:
            content = msgspec.json.decode(self._path.read_bytes(), type=_Content)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", where=str(self._path)) from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ConflictError(
                "is not a checkpoint of gatemeter ship",
                where=str(self._path),
                do="give --checkpoint the file that the shipper wrote; without one everything is sent again",
            ) from error
        self._followed_since_ns = content.followed_since_ns
        return content.files

    def followed_since(self, patterns: Iterable[str], now_ns: int) -> Mapping[str, int]:
        """When each pattern was followed first, in nanoseconds of Unix time: `now_ns` for those that never were.

        It is of what was loaded last, and saved with the positions.
        """
        known = self._followed_since_ns
        return {pattern: known.setdefault(os.path.abspath(pattern), now_ns) for pattern in patterns}  # noqa: PTH100

    def save(self, positions: Sequence[FilePosition]) -> None:
        """Replace what was saved. Raises InputError if the file cannot be written; the old one stays then."""
        content = _Content(list(positions[-_MOST_FILES:]), self._followed_since_ns)
        text = msgspec.json.format(msgspec.json.encode(content), indent=1)
        try:
            with whole_file(self._path, draft=self._new) as file:
                file.write(text)
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", where=str(self._path)) from error
