"""What can stop the counting of a log."""

from gatemeter.contracts.errors import ConflictError, StopError


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
