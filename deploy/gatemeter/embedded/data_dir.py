"""The data directory of an embedded stack: its layout, its lock, and the addresses of the running stack.

One process at a time holds a directory. The operating system releases the lock however the holder ends. The addresses
in `running.json` are valid only while the lock is held.
"""

import contextlib
import errno
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gatemeter.errors import DataDirError

_LAYOUT = ("kafka", "clickhouse", "logs")
_POLL_S = 0.02
_LOOK_TIMEOUT_S = 0.2
_CHILDREN_TIMEOUT_S = 40.0


class RunningStack(BaseModel):
    """The addresses of a running stack. The URL holds the password: never log it."""

    model_config = ConfigDict(frozen=True)

    pid: int
    """The process that holds the directory."""
    kafka: str
    """`HOST:PORT`."""
    clickhouse_url: str = Field(repr=False)
    """`http://USER:PASSWORD@HOST:PORT/DATABASE`."""


class Remembered(BaseModel):
    """Ports and password, kept from one run to the next, so that addresses which people wrote down stay valid."""

    kafka_port: int | None = None
    kafka_controller_port: int | None = None
    clickhouse_port: int | None = None
    clickhouse_password: str = Field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)


class DataDir:
    """A directory that holds the data, logs and addresses of one embedded stack."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.children_descriptor: int | None = None
        """While held: a descriptor that children inherit, so that the next holder can await their end."""

    @property
    def kafka_path(self) -> Path:
        """Kafka's settings and log segments."""
        return self.path / "kafka"

    @property
    def clickhouse_path(self) -> Path:
        """The directory of the chDB engine."""
        return self.path / "clickhouse"

    @property
    def logs_path(self) -> Path:
        """A log file per child process."""
        return self.path / "logs"

    def create(self) -> None:
        """Make the layout. Raises DataDirError when that cannot be done here."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for name in _LAYOUT:
                (self.path / name).mkdir(exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise DataDirError("is no directory", where=str(error.filename), do="name another --data") from error
        except OSError as error:
            raise self._unusable(error) from error

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Create the layout, and hold the directory until the block ends.

        Raises DataDirError if the directory cannot be created or written, or if another process holds it.
        """
        self.create()
        with self._opened("lock") as lock, self._opened("children.lock") as children:
            self._lock(lock)
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
            self._await_earlier_children(children)
            self.children_descriptor = children
            try:
                yield
            finally:
                self.children_descriptor = None

    def running(self) -> RunningStack | None:
        """The stack that runs on this directory now; None if there is none."""
        if not self._is_held():
            return None
        try:
            return RunningStack.model_validate_json(self._running_path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise DataDirError(f"cannot be read: {error.strerror}", where=str(self._running_path)) from error
        except ValidationError as error:
            raise DataDirError("is damaged", where=str(self._running_path), do="restart gatemeter up") from error

    @contextlib.contextmanager
    def announce(self, stack: RunningStack) -> Iterator[None]:
        """Let `running()` return `stack`, in any process, until the block ends. Only for the holder."""
        self._write_private(self._running_path, stack)
        try:
            yield
        finally:
            self._running_path.unlink(missing_ok=True)

    def remembered(self) -> Remembered:
        """What an earlier run chose; a new password and no ports if there was none, or its file is unreadable."""
        try:
            return Remembered.model_validate_json(self._remembered_path.read_bytes())
        except (OSError, ValidationError):
            return Remembered()

    def remember(self, chosen: Remembered) -> None:
        """Keep `chosen` for the next run, in a file that only the owner can read. Raises DataDirError."""
        self._write_private(self._remembered_path, chosen)

    @property
    def _lock_path(self) -> Path:
        return self.path / "lock"

    @property
    def _running_path(self) -> Path:
        return self.path / "running.json"

    @property
    def _remembered_path(self) -> Path:
        return self.path / "remembered.json"

    @contextlib.contextmanager
    def _opened(self, name: str) -> Iterator[int]:
        try:
            # Not truncated: until the lock is ours, its text is the holder's.
            descriptor = os.open(self.path / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _await_earlier_children(self, children: int) -> None:
        # The lock of a killed holder is free at once, but its Kafka and ClickHouse need a moment to end.
        try:
            _lock_within(children, _CHILDREN_TIMEOUT_S)
        except BlockingIOError as error:
            raise DataDirError(
                "processes of an earlier run are still ending", where=str(self.path), do="try again in a moment"
            ) from error
        fcntl.flock(children, fcntl.LOCK_SH)

    def _lock(self, lock: int) -> None:
        try:
            # `running()` of another process shares the lock for an instant.
            _lock_within(lock, _LOOK_TIMEOUT_S)
        except BlockingIOError as error:
            holder = os.pread(lock, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise DataDirError(
                f"is held by another process (pid {holder})",
                where=str(self.path),
                do="wait for it to end, stop it, or name another --data",
            ) from error
        except OSError as error:
            raise self._unusable(error) from error

    def _is_held(self) -> bool:
        try:
            lock = os.open(self._lock_path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            # Shared, so that two calls of `running()` do not take each other for the holder.
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def _write_private(self, path: Path, content: BaseModel) -> None:
        draft = path.with_suffix(".draft")
        try:
            draft.unlink(missing_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(content.model_dump_json(indent=2))
            draft.replace(path)
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> DataDirError:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return DataDirError("cannot be written", where=str(self.path), do="name another --data, or allow writing")
        return DataDirError(f"cannot be used: {error.strerror}", where=str(self.path), do="name another --data")


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
