"""What every destination of an export does."""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from gatemeter.errors import ConflictError
from gatemeter.exports.staged_file import StagedFile, unwritable


class Destination(Protocol):
    """A place for the files of one export.

    Methods raise DeliveryError where the place refuses, does not answer in time, or does not keep what it takes.
    """

    @property
    def name(self) -> str:
        """Where it is, without credentials."""

    def manifest(self) -> bytes | None:
        """The manifest that stands there; None where there is none, or the place does not let it be read."""

    def working_directory(self, names: Collection[str]) -> AbstractContextManager[Path]:
        """The folder where files of these `names` are written before they are put; it is gone after the block.

        Raises ConflictError where something else is there, or another export is being written.
        """

    def put(self, file: StagedFile) -> bool:
        """Put a file there under its name, and check that it is whole; False where it is there already.

        Raises ConflictError where another file has the name: nothing is ever overwritten.
        """


@contextmanager
def temporary_directory() -> Iterator[Path]:
    """A folder for this user alone."""
    try:
        folder = TemporaryDirectory(prefix="gatemeter-export-")
    except OSError as error:
        raise unwritable(Path("the directory for temporary files (TMPDIR)"), error) from error
    with folder as path:
        yield Path(path)


def another_file(where: str) -> ConflictError:
    """The error for a name that another content has."""
    return ConflictError(
        "another file is there, and is not overwritten", where=where, do="name an empty place, or delete it"
    )
