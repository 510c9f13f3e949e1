"""A directory on this machine as a destination."""

import fcntl
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gatemeter.errors import ConflictError, DeliveryError
from gatemeter.exports.destinations.destination import another_file
from gatemeter.exports.manifest import MANIFEST_NAME
from gatemeter.exports.staged_file import StagedFile, file_sha256, unwritable
from gatemeter.whole_file import sync_folder

_WORKING = ".gatemeter-export"
"""Files are whole in here before they get their names; what a run that was killed has left is removed by the next."""

_LOCK = "lock"
_MOST_NAMED = 3


class DirectoryDestination:
    """A directory that is made if it is missing, and else empty or that of the same export."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path

    def manifest(self) -> bytes | None:
        """See `Destination.manifest`."""
        try:
            return (self._path / MANIFEST_NAME).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise DeliveryError(
                f"cannot be read: {error.strerror}", where=self.name, do="name another place"
            ) from error

    @contextmanager
    def working_directory(self, names: Collection[str]) -> Iterator[Path]:
        """See `Destination.working_directory`."""
        working = self._path / _WORKING
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            self._require_own(names)
            if working.is_symlink():  # what it leads to would be emptied
                raise another_file(str(working))
            working.mkdir(mode=0o700, exist_ok=True)
            lock = os.open(working / _LOCK, os.O_WRONLY | os.O_CREAT, 0o600)
        except OSError as error:
            raise unwritable(self._path, error) from error
        try:
            self._hold(lock)
            try:
                _remove_files(working)
                yield working
            finally:
                shutil.rmtree(working, ignore_errors=True)
        finally:
            os.close(lock)

    def put(self, file: StagedFile) -> bool:
        """See `Destination.put`."""
        target = self._path / file.facts.name
        try:
            if target.exists() or target.is_symlink():
                if target.is_file() and file_sha256(target) == file.facts.sha256:
                    return False
                raise another_file(str(target))
            file.path.rename(target)
            sync_folder(self._path)
        except OSError as error:
            raise unwritable(target, error) from error
        return True

    def _require_own(self, names: Collection[str]) -> None:
        """Raise ConflictError for what no run of this export has left there."""
        found = {each.name for each in self._path.iterdir()}
        if others := sorted(found - {*names, MANIFEST_NAME, _WORKING}):
            more = ", ..." if len(others) > _MOST_NAMED else ""
            raise ConflictError(
                f"it is not empty, and what is there is not of this export: {', '.join(others[:_MOST_NAMED])}{more}",
                where=self.name,
                do="name an empty directory",
            )

    def _hold(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConflictError(
                "another export is being written there", where=self.name, do="wait for it, or name another place"
            ) from error


def _remove_files(folder: Path) -> None:
    for each in folder.iterdir():
        if each.name != _LOCK:
            with suppress(OSError):
                each.unlink()
