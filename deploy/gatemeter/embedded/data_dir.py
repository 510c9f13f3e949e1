"""The data directory of an embedded stack: its layout, and the files with the addresses of the running stack.

One process at a time holds a directory. The addresses in `running.json` are valid only while it is held.
"""

import contextlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from gatemeter.embedded import directory_lock
from gatemeter.embedded.private_files import PRIVATE_DIRECTORY, close_to_others, make_private, private_umask
from gatemeter.errors import DataDirError
from gatemeter.escaping import is_unicode
from gatemeter.whole_file import PRIVATE, whole_file

_LAYOUT = ("kafka", "clickhouse", "logs")


@dataclass(frozen=True, slots=True)
class RunningStack:
    """The addresses of a running stack. The URLs hold passwords: never log them."""

    pid: int
    """The process that holds the directory."""
    kafka: str
    """`HOST:PORT`."""
    clickhouse_url: str = field(repr=False)
    """`http://USER:PASSWORD@HOST:PORT/DATABASE` with all rights; for gatemeter's own processes only."""
    reader_url: str | None = field(default=None, repr=False)
    """The same with the read-only login; None if ClickHouse is not the embedded one."""
    analyst_url: str | None = field(default=None, repr=False)
    """The same with the login that sees the views for SQL alone; None as before."""
    collector_url: str | None = None
    """Where gateways may post events; None if no collector runs."""
    api_url: str | None = None
    """Where the API answers who has a token of `DataDir.token_path`; None if none runs."""
    dashboard_url: str | None = field(default=None, repr=False)
    """The same for a person with a browser; it holds a token."""


@dataclass(slots=True)
class Remembered:
    """Ports and passwords, kept from one run to the next, so that addresses which people wrote down stay valid."""

    kafka_port: int | None = None
    kafka_controller_port: int | None = None
    clickhouse_port: int | None = None
    collector_port: int | None = None
    api_port: int | None = None
    reader_password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    """Of the read-only login. The administrator's is another one in each run."""
    analyst_password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    """Of the login that sees the views for SQL alone."""
    dashboard_secret: str = field(default="", repr=False)
    """The token in the dashboard's address; '' before the first one."""


class DataDir:
    """A directory that holds the data, logs and addresses of one embedded stack.

    Raises DataDirError for a path that is not UTF-8, which neither ClickHouse nor Kafka can open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        if not is_unicode(str(self.path)):
            raise DataDirError("its path is not UTF-8", where=str(self.path), do="name another --data")
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

    @property
    def token_path(self) -> Path:
        """The tokens that may ask the stack's API, by their hashes."""
        return self.path / "api-tokens.jsonl"

    def create(self) -> None:
        """Create the layout, which only this user can read. Raises DataDirError if that is not possible.

        A directory that was there before and holds other things keeps its mode, and what is not gatemeter's in it.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=PRIVATE_DIRECTORY)
            entries = {entry.name for entry in self.path.iterdir()}
            if not entries or directory_lock.HOLDER_LOCK in entries:
                close_to_others(self.path)
            for name in _LAYOUT:
                (self.path / name).mkdir(exist_ok=True, mode=PRIVATE_DIRECTORY)
                make_private(self.path / name)
        except (FileExistsError, NotADirectoryError) as error:
            raise DataDirError("is not a directory", where=str(error.filename), do="name another --data") from error
        except OSError as error:
            raise directory_lock.unusable(self.path, error) from error

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Create the layout, and hold the directory until the block ends.

        Raises DataDirError if the directory cannot be created or written, or if another process holds it.
        """
        with private_umask():
            self.create()
            with directory_lock.held(self.path) as children:
                self.children_descriptor = children
                try:
                    yield
                finally:
                    self.children_descriptor = None

    def running(self) -> RunningStack | None:
        """The stack that runs on this directory now; None if there is none."""
        if not directory_lock.is_held(self.path):
            return None
        try:
            return msgspec.json.decode(self._running_path.read_bytes(), type=RunningStack)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise DataDirError(f"cannot be read: {error.strerror}", where=str(self._running_path)) from error
        except msgspec.DecodeError as error:
            raise DataDirError("is damaged", where=str(self._running_path), do="restart gatemeter up") from error

    @contextlib.contextmanager
    def announce(self, stack: RunningStack) -> Iterator[None]:
        """Let `running()` return `stack`, in any process, until the block ends. Only for the holder."""
        self._write_private(self._running_path, _json_text(stack))
        try:
            yield
        finally:
            self._running_path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def client_file(self, kafka: str, login_settings: Mapping[str, str]) -> Iterator[None]:
        """Keep the settings for other clients of the broker in a file, as librdkafka's tools read them, for a block."""
        settings = {"bootstrap.servers": kafka, **login_settings}
        self._write_private(self.client_file_path, "".join(f"{name}={value}\n" for name, value in settings.items()))
        try:
            yield
        finally:
            self.client_file_path.unlink(missing_ok=True)

    def remembered(self) -> Remembered:
        """What an earlier run chose; a new password and no ports if there was none, or its file is unreadable."""
        try:
            return msgspec.json.decode(self._remembered_path.read_bytes(), type=Remembered)
        except (OSError, msgspec.DecodeError):
            return Remembered()

    def remember(self, chosen: Remembered) -> None:
        """Keep `chosen` for the next run, in a file that only the owner can read. Raises DataDirError."""
        self._write_private(self._remembered_path, _json_text(chosen))

    @property
    def client_file_path(self) -> Path:
        """The settings for other clients of the embedded broker, while it runs; they hold its password."""
        return self.path / "kafka-client.properties"

    @property
    def _running_path(self) -> Path:
        return self.path / "running.json"

    @property
    def _remembered_path(self) -> Path:
        return self.path / "remembered.json"

    def _write_private(self, path: Path, content: str) -> None:
        try:
            with whole_file(path, mode=PRIVATE) as file:
                file.write(content.encode())
        except OSError as error:
            raise directory_lock.unusable(self.path, error) from error


def _json_text(record: RunningStack | Remembered) -> str:
    return msgspec.json.format(msgspec.json.encode(record)).decode()
