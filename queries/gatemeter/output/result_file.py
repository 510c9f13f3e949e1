"""Results as files that are there whole or not at all."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from gatemeter.errors import SettingsError
from gatemeter.whole_file import whole_file


@contextmanager
def result_file(path: Path) -> Iterator[IO[bytes]]:
    """As `whole_file`; raises SettingsError if it cannot be written."""
    try:
        if path.exists() and not path.is_file():
            raise SettingsError("is not a file", where=str(path), do="name another one")
        with whole_file(path) as file:
            yield file
    except OSError as error:
        raise SettingsError(f"cannot be written: {error.strerror}", where=str(path), do="name another file") from error


def write_whole(path: Path, pieces: Iterable[bytes]) -> int:
    """Write `pieces` to the file `path`, and tell its size in bytes. Raises as `result_file`, and as `pieces` do."""
    with result_file(path) as file:
        return sum(map(file.write, pieces))
