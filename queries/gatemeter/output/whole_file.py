"""Files that are there whole or not at all."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from gatemeter.errors import SettingsError

_MODE = 0o666


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that stands at `path` once the block has ended; after an error what was there before is still there.

    Raises SettingsError if it cannot be written.
    """
    try:
        place = path.resolve()
        if place.exists() and not place.is_file():
            raise SettingsError("is not a file", where=str(path), do="name another one")
        with _beside(place) as file:
            yield file
    except OSError as error:
        raise SettingsError(f"cannot be written: {error.strerror}", where=str(path), do="name another file") from error


def write_whole(path: Path, pieces: Iterable[bytes]) -> int:
    """Write `pieces` to the file `path`, and tell its size in bytes. Raises as `whole_file`, and as `pieces` do."""
    with whole_file(path) as file:
        return sum(map(file.write, pieces))


@contextmanager
def _beside(path: Path) -> Iterator[IO[bytes]]:
    """A file next to `path`, which takes its place at the end of the block."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(_MODE & ~_umask())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
