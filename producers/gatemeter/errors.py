"""Every error that gatemeter raises on purpose, ordered by how a caller has to react.

    GatemeterError
    |-- RetryableError             wait and repeat: the same call may succeed later
    |-- RejectedEvent              dead-letter: this one event can never be counted; go on with the next
    `-- StopError                  stop: a person has to act; the process ends with `exit_code`
        |-- SettingsError          2  a flag, variable or settings file
        |-- InputError             3  a file to read
        |-- KafkaUnavailable       4
        |-- ClickHouseUnavailable  5
        |-- DataDirError           6  the data directory of the embedded stack
        |-- ConflictError          7  going on would mix or overwrite numbers
        |   |-- LogChangedError
        |   |-- EpochSizeChangedError
        |   `-- OffsetGapError     the counter did not take a chunk; a worker reads it again
        |-- InstallError           8  a missing part of the installation
        |-- GatewayUnavailable    10  the admin API of a gateway
        |-- DeliveryError         11  where an export goes
        `-- WorkerStalledError     1

An error says what happened, where (topic, partition, offset, file, line, address), and what to do about it.
"""

from enum import IntEnum

from gatemeter.escaping import escaped


class ExitCode(IntEnum):
    """The exit codes of the `gatemeter` command; a test compares them with the table in the README."""

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
    GATEWAY = 10
    DELIVERY = 11
    INTERRUPTED = 130


class GatemeterError(Exception):
    """Base of the tree.

    `what` happened, `where` (a file and line, a topic with partition and offset, an address; may be empty), and what
    to `do`. `str()` joins the three into the one line that a person sees.
    """

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.do = do

    def __str__(self) -> str:
        """`WHERE: WHAT; DO`, on one line, with what is not printable escaped: it may quote names, paths and answers."""
        text = f"{self.where}: {self.what}" if self.where else self.what
        return escaped(" ".join((f"{text}; {self.do}" if self.do else text).split()))


class RetryableError(GatemeterError):
    """A passing fault of a server, or on the way to it: repeat the same call after `retry_after_s` seconds."""

    def __init__(self, what: str, *, where: str = "", do: str = "", retry_after_s: float = 1.0) -> None:
        super().__init__(what, where=where, do=do)
        self.retry_after_s = retry_after_s


class RejectedEvent(GatemeterError):  # noqa: N818 - it is an outcome of decoding, not a failure of the program
    """An event that cannot be counted. `reason` is the stable code that is stored with the dead letter."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class StopError(GatemeterError):
    """A person has to act; the process ends with `exit_code`."""

    exit_code = ExitCode.INTERNAL


class SettingsError(StopError):
    """A flag, environment variable or settings file holds a value that cannot be used."""

    exit_code = ExitCode.USAGE


class InputError(StopError):
    """A file to read is missing, unreadable, a directory, not what its name says, or holds nothing that counts."""

    exit_code = ExitCode.INPUT


class KafkaUnavailable(StopError):  # noqa: N818 - the state of the broker is the message
    """The broker, or a topic on it, could not be reached or used."""

    exit_code = ExitCode.KAFKA


class ClickHouseUnavailable(StopError):  # noqa: N818 - the state of the server is the message
    """The ClickHouse server refused a request, or did not answer."""

    exit_code = ExitCode.CLICKHOUSE


class DataDirError(StopError):
    """The data directory cannot be written, or another process holds it."""

    exit_code = ExitCode.DATA_DIR


class ConflictError(StopError):
    """Going on would mix or overwrite numbers: a changed log, another epoch size, a changed migration."""

    exit_code = ExitCode.CONFLICT


class LogChangedError(ConflictError):
    """A log differs from the one that was counted under its identity before."""


class EpochSizeChangedError(ConflictError):
    """The configured epoch size differs from the one that the log's stored numbers were made with.

    `stored_kind` is the kind of topic whose default the stored size is, '' for none.
    """

    def __init__(self, log_name: str, stored: int, configured: int, *, stored_kind: str = "") -> None:
        kind = f", the default of --kind {stored_kind}" if stored_kind else ""
        back = f"say --kind {stored_kind}" if stored_kind else f"set the epoch size back to {stored}"
        super().__init__(
            f"its numbers were made with epochs of {stored} offsets{kind}, the settings say {configured}",
            where=log_name,
            do=f"{back}, or rebuild into a fresh database",
        )


class OffsetGapError(ConflictError):
    """A chunk does not begin at `expected_offset`, where the last one of its partition ended; it was not counted."""

    def __init__(self, expected_offset: int, found_offset: int, *, where: str) -> None:
        super().__init__(
            f"expected offset {expected_offset}, was handed {found_offset}",
            where=where,
            do="restart the worker; it will read again from its last commit",
        )
        self.expected_offset = expected_offset


class InstallError(StopError):
    """A part of the installation is missing and could not be fetched."""

    exit_code = ExitCode.INSTALL


class GatewayUnavailable(StopError):  # noqa: N818 - the state of the gateway is the message
    """A gateway's admin API could not be reached, refused the token, or gave no whole answer."""

    exit_code = ExitCode.GATEWAY


class DeliveryError(StopError):
    """Where an export goes refused it, did not answer in time, or does not have what it acknowledged."""

    exit_code = ExitCode.DELIVERY


class WorkerStalledError(StopError):
    """A worker is alive but processes nothing, and waiting does not help; a new process continues where it stopped."""

    def __init__(self, what: str, lasts_s: float) -> None:
        super().__init__(
            f"{what}, for {lasts_s:.0f} s",
            where="watchdog",
            do="start the worker again; nothing is lost. Please report it if it comes back",
        )
