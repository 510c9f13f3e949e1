"""A copy of an embedded store for whoever may read it and not write it: the engine writes into what it opens."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from gatemeter.embedded.data_dir import DataDir
from gatemeter.errors import DataDirError


def is_writable(directory: DataDir) -> bool:
    """Whether this process may write into the directory and its store."""
    return os.access(directory.path, os.W_OK) and os.access(directory.clickhouse_path, os.W_OK)


@contextmanager
def copied_store(directory: DataDir) -> Iterator[Path]:
    """A path with a copy of the engine's data, until the block ends. Nobody writes the original meanwhile.

    Raises DataDirError if another process holds the directory, or if it cannot be read or copied.
    """
    with TemporaryDirectory(prefix="gatemeter-") as temporary, _unheld(directory):
        copy = Path(temporary) / "clickhouse"
        try:
            # The engine's own links are relative, and stay within its data.
            shutil.copytree(directory.clickhouse_path, copy, symlinks=True, copy_function=shutil.copyfile)
            for folder, _, _ in os.walk(copy):
                Path(folder).chmod(0o700)
        except (OSError, shutil.Error) as error:
            raise DataDirError(
                "cannot be written, and cannot be copied to be read",
                where=str(directory.path),
                do="allow writing, or see that it can be read and TMPDIR has room for it",
            ) from error
        yield copy


@contextmanager
def _unheld(directory: DataDir) -> Iterator[None]:
    """Keep others from holding the directory, by a shared lock; a directory without a lock file is held by nobody."""
    descriptor = None
    with suppress(OSError):
        descriptor = os.open(directory.path / "lock", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if descriptor is not None:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise DataDirError(
            "is held by another process", where=str(directory.path), do="wait for it to end, and run this again"
        ) from error
    finally:
        if descriptor is not None:
            os.close(descriptor)
