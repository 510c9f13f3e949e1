"""The name by which the lines of a file are told from those of all other files, for events that have no id.

It must be the same one when the file is read again, also after rotation or compression, and never that of another file:
two logs that are written side by side may hold equal lines, but not in one directory under one name with equal
beginnings.
"""

import re
import secrets
import socket
from itertools import islice
from pathlib import Path

import xxhash

from gatemeter.logfiles.blocks import STDIN
from gatemeter.logfiles.lines import read_lines

_ROTATED = re.compile(r"([.-](\d+|gz|zst|bz2|old))+$")
"""What rotation adds to a file's name: a number, a date, a suffix of compression."""
_TIME_BEFORE_EXTENSION = re.compile(r"-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}(-[a-z]{1,16})?(?=\.[A-Za-z]|$)")
"""What lumberjack and timberjack add, by which Caddy rotates: https://github.com/DeRuina/timberjack."""


def line_source(path: Path, origin: str | None = None) -> str:
    """The name of what is in `path`: a hash of where it was written, and of its first line.

    That is on the host `origin` (this one, by default), in the file's directory, under its name without what rotation
    adds to it. A stream has another name each time, for nothing tells whether it was read before.
    Raises InputError as `read_lines` does.
    """
    if path == STDIN or not path.is_file():
        return secrets.token_hex(16)
    first = b"".join(line.content for line in islice(read_lines(path), 1))
    return source_name(path, first, origin)


def stem_of(name: str) -> str:
    """A file's name without what rotation adds to it."""
    return _ROTATED.sub("", _TIME_BEFORE_EXTENSION.sub("", name))


def is_rotated(name: str) -> bool:
    """Whether a file's name looks as if rotation had added to it."""
    return stem_of(name) != name


def source_name(path: Path, first_line: bytes, origin: str | None = None) -> str:
    """The name of a file that begins with `first_line`; see `line_source`."""
    resolved = path.resolve()
    where = f"{origin or socket.gethostname()}:{resolved.parent / stem_of(resolved.name)}"
    return xxhash.xxh3_128_hexdigest(where.encode("utf-8", "surrogateescape") + b"\n" + first_line)
