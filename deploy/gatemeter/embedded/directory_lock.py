"""The lock of a data directory: one process at a time holds it, and waits for the children of the last holder.

There are two locks, and the operating system releases both however a process ends. The first one is the holder's. The
holder and its children share the second one, because children inherit its descriptor: the next holder can take it when
the last of them has ended.
"""

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from gatemeter.errors import DataDirError

HOLDER_LOCK = "lock"
_CHILDREN_LOCK = "children.lock"
_POLL_S = 0.02
_LOOK_TIMEOUT_S = 0.2
_CHILDREN_TIMEOUT_S = 40.0


@contextlib.contextmanager
def held(directory: Path) -> Iterator[int]:
    """Hold `directory` until the block ends; yields the descriptor that children must inherit.

    The holder's process id is written into the lock file. Raises DataDirError if the directory cannot be written, or
    another process holds it.
    """
    with _opened(directory, HOLDER_LOCK) as lock, _opened(directory, _CHILDREN_LOCK) as children:
        _take(lock, directory)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        _await_earlier_children(children, directory)
        yield children


def is_held(directory: Path) -> bool:
    """Whether a process holds `directory` now; False if it cannot be read."""
    try:
        lock = os.open(directory / HOLDER_LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # Shared, so that two calls of this function do not take each other for the holder.
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def unusable(directory: Path, error: OSError) -> DataDirError:
    """The error for a directory that cannot be created or written."""
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return DataDirError("cannot be written", where=str(directory), do="name another --data, or allow writing")
    return DataDirError(f"cannot be used: {error.strerror}", where=str(directory), do="name another --data")


@contextlib.contextmanager
def _opened(directory: Path, name: str) -> Iterator[int]:
    try:
        # Not truncated: until the lock is ours, its text is the holder's.
        descriptor = os.open(directory / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise unusable(directory, error) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _take(lock: int, directory: Path) -> None:
    try:
        # `is_held` of another process shares the lock for an instant.
        _lock_within(lock, _LOOK_TIMEOUT_S)
    except BlockingIOError as error:
        holder = os.pread(lock, 32, 0).decode("ascii", "replace").strip() or "unknown"
        raise DataDirError(
            f"is held by another process (pid {holder})",
            where=str(directory),
            do="wait for it to end, stop it, or name another --data",
        ) from error
    except OSError as error:
        raise unusable(directory, error) from error


def _await_earlier_children(children: int, directory: Path) -> None:
    # The lock of a killed holder is free at once, but its Kafka and ClickHouse need a moment to end.
    try:
        _lock_within(children, _CHILDREN_TIMEOUT_S)
    except BlockingIOError as error:
        raise DataDirError(
            "processes of an earlier run are still ending", where=str(directory), do="try again in a moment"
        ) from error
    fcntl.flock(children, fcntl.LOCK_SH)


def _lock_within(descriptor: int, timeout_s: float) -> None:
    """Take the exclusive lock; raises BlockingIOError if another process still holds it after `timeout_s`."""
    give_up_s = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up_s:
                raise
            time.sleep(_POLL_S)
        else:
            return
