"""The data directory of an embedded stack: its layout, its lock, and the note that says where the stack answers.

One process at a time holds a directory. The lock is the operating system's own, so it ends with its holder in every
way of ending; a note in `running.json` without a held lock is stale and means nothing.
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
_LOOK_PATIENCE_S = 0.2
_CHILDREN_PATIENCE_S = 40.0


class RunningStack(BaseModel):
    """Where a running stack answers. The URL holds the password: never print it into a log."""

    model_config = ConfigDict(frozen=True)

    pid: int
    """The process that holds the directory."""
    kafka: str
    """`HOST:PORT`."""
    clickhouse_url: str = Field(repr=False)
    """`http://USER:PASSWORD@HOST:PORT/DATABASE`."""


class Remembered(BaseModel):
    """What stays the same from one run to the next, so that addresses written down by people go on working."""

    kafka_port: int | None = None
    kafka_controller_port: int | None = None
    clickhouse_port: int | None = None
    clickhouse_password: str = Field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)


class DataDir:
    """A directory that holds the data, logs and addresses of one embedded stack."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.children_descriptor: int | None = None
        """While held: what children inherit and keep open, so that the next holder can wait for the last of them."""

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
        """Own the directory until the block ends; makes the layout first.

        Raises DataDirError when the directory cannot be made or written, or when another process holds it.
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
        """The stack that runs on this directory now; None when there is none, or only a stale note of one."""
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
        """Let `running()` of any process find `stack` until the block ends. Only for the holder."""
        self._write_private(self._running_path, stack)
        try:
            yield
        finally:
            self._running_path.unlink(missing_ok=True)

    def remembered(self) -> Remembered:
        """What an earlier run chose; a new password and no ports when there was none, or its note is unreadable."""
        try:
            return Remembered.model_validate_json(self._remembered_path.read_bytes())
        except (OSError, ValidationError):
            return Remembered()

    def remember(self, chosen: Remembered) -> None:
        """Keep `chosen` for the next run, readable by the owner alone. Raises DataDirError."""
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
            # Without truncation: until the lock is ours the text in it is the holder's.
            descriptor = os.open(self.path / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _await_earlier_children(self, children: int) -> None:
        # A killed holder lets go at once, but its Kafka and ClickHouse still need a moment to let go of their files.
        try:
            _flock_patiently(children, _CHILDREN_PATIENCE_S)
        except BlockingIOError as error:
            raise DataDirError(
                "processes of an earlier run are still ending", where=str(self.path), do="try again in a moment"
            ) from error
        fcntl.flock(children, fcntl.LOCK_SH)

    def _lock(self, lock: int) -> None:
        try:
            # Whoever only looks (`running()`) shares the lock for an instant; that must not turn us away.
            _flock_patiently(lock, _LOOK_PATIENCE_S)
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
            # Shared, so that two that only look never take each other for a holder.
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


def _flock_patiently(descriptor: int, patience_s: float) -> None:
    """Lock for us alone; raises BlockingIOError when somebody else still holds it after `patience_s`."""
    give_up_s = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up_s:
                raise
            time.sleep(_POLL_S)
        else:
            return
