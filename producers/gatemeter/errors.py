"""The error tree of the whole product, cut by how a caller has to react.

- `RetryableError`: the same call may succeed later (broker or server away, overloaded). Wait and repeat.
- `RejectedEvent`: one event can never be counted as it is. Dead-letter it and go on.
- `StopError`: nothing can go on until a person acts. End the process with `exit_code`.

Every error says what happened, where (topic, partition, offset, file, line, address), and what to do about it.
Stages add their own leaves in their own `errors.py`.

What can stop the counting of a log.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the `gatemeter` command ends with; the README's table of exit codes is tested against this."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    INPUT = 3
    KAFKA = 4
    CLICKHOUSE = 5
    DATA_DIR = 6
    CONFLICT = 7
    INSTALL = 8
    DIFFERENCE = 9
    INTERRUPTED = 130


class GatemeterError(Exception):
    """Base of everything that gatemeter raises on purpose.

    `what` happened, `where` (a file and line, a topic with partition and offset, an address; may be empty), and what
    to `do`. `str()` joins the three into the one line that a person sees.
    """

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.do = do

    def __str__(self) -> str:
        """`WHERE: WHAT; DO`, on one line."""
        text = f"{self.where}: {self.what}" if self.where else self.what
        return " ".join((f"{text}; {self.do}" if self.do else text).split())


class RetryableError(GatemeterError):
    """A passing fault outside of us: repeat the same call after `retry_after_s`."""

    def __init__(self, what: str, *, where: str = "", do: str = "", retry_after_s: float = 1.0) -> None:
        super().__init__(what, where=where, do=do)
        self.retry_after_s = retry_after_s


class RejectedEvent(GatemeterError):  # noqa: N818 - it is an outcome of decoding, not a failure of the program
    """One event that cannot be counted; `reason` is the stable code stored with the dead letter."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class StopError(GatemeterError):
    """A person has to act; the process ends with `exit_code`."""

    exit_code = ExitCode.INTERNAL


class SettingsError(StopError):
    """A flag, environment variable or settings file holds something that cannot be used."""

    exit_code = ExitCode.USAGE


class InputError(StopError):
    """A file to read is missing, unreadable, a directory, or not what its name says."""

    exit_code = ExitCode.INPUT


class KafkaUnavailable(StopError):  # noqa: N818 - the state of the broker is the message
    """The broker, or a topic on it, could not be reached or used."""

    exit_code = ExitCode.KAFKA


class ClickHouseUnavailable(StopError):  # noqa: N818 - the state of the server is the message
    """The ClickHouse server refused us, or never answered."""

    exit_code = ExitCode.CLICKHOUSE


class DataDirError(StopError):
    """The data directory cannot be written, or another process holds it."""

    exit_code = ExitCode.DATA_DIR


class ConflictError(StopError):
    """Going on would mix or overwrite numbers: a changed log, another epoch size, a changed migration."""

    exit_code = ExitCode.CONFLICT


class InstallError(StopError):
    """A part of the installation is missing and could not be fetched."""

    exit_code = ExitCode.INSTALL


class LogChangedError(ConflictError):
    """A log is not what was counted under its identity before; counting it would mix or overwrite numbers."""


class EpochSizeChangedError(ConflictError):
    """The epoch size in the settings differs from the one this log's numbers were made with."""

    def __init__(self, log_name: str, stored: int, configured: int) -> None:
        super().__init__(
            f"its numbers were made with epochs of {stored} offsets, the settings say {configured}",
            where=log_name,
            do=f"set the epoch size back to {stored}, or rebuild into a fresh database",
        )


class WorkerStalledError(StopError):
    """A worker is alive and does nothing, for no reason that passes; a new process takes over where it stood."""

    def __init__(self, what: str, lasts_s: float) -> None:
        super().__init__(
            f"{what}, for {lasts_s:.0f} s",
            where="watchdog",
            do="start the worker again; nothing is lost. Please report it if it comes back",
        )
