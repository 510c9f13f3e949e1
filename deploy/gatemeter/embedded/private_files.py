"""Files that only this user can read: those that are made, and those that an earlier version has left open."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

PRIVATE_UMASK = 0o077
PRIVATE_DIRECTORY = 0o700
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@contextlib.contextmanager
def private_umask() -> Iterator[None]:
    """Inside the block this process makes files with mode 0600 and directories with mode 0700."""
    before = os.umask(PRIVATE_UMASK)
    try:
        yield
    finally:
        os.umask(before)


def make_private(path: Path) -> None:
    """Take from group and others every right to `path`, and to all below it; links are not followed.

    What belongs to somebody else, or vanishes meanwhile, stays as it is.
    """
    close_to_others(path)
    for folder, directories, files in os.walk(path):
        for name in (*directories, *files):
            close_to_others(Path(folder) / name)


def close_to_others(path: Path) -> None:
    """Take from group and others every right to `path` itself; see `make_private`."""
    with contextlib.suppress(PermissionError, FileNotFoundError):
        mode = path.lstat().st_mode
        if mode & _OTHERS and not stat.S_ISLNK(mode):
            path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
