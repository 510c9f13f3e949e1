"""Where counting of a partition begins, and why there: the row that says so for good.

A recorded start is a promise. Whoever counts the partition first begins there; what the log has lost by then is lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gatemeter.metering.log import Log
from gatemeter.schema import COUNTING_STARTS, TableRows


class StartReason(StrEnum):
    """Why counting began at an offset; stored as `reason`."""

    LOG_START = "log_start"
    """It was the first one that the log held."""
    LOG_END = "log_end"
    """The group was told to leave out what was in the log already (`--start latest`)."""
    REBUILD = "rebuild"
    """A rebuild was asked for this part of the log."""
    UNRECORDED = "unrecorded"
    """It was counted before starts were recorded: from here on, for a reason that nobody knows."""

    @property
    def is_of_worker(self) -> bool:
        """Whether a worker recorded it, which counts everything behind it."""
        return self in (StartReason.LOG_START, StartReason.LOG_END)


@dataclass(frozen=True, slots=True)
class CountingStart:
    """The first offset of a partition that is counted."""

    first_offset: int
    reason: StartReason


def counting_start_rows(log: Log, starts: Mapping[int, CountingStart], recorded_at: datetime) -> TableRows:
    """The rows of `COUNTING_STARTS` for `starts`, by partition."""
    recorded_at_ms = int(recorded_at.timestamp() * 1000)
    rows = [
        (log.identity, partition, -start.first_offset, start.first_offset, log.name, start.reason.value, recorded_at_ms)
        for partition, start in sorted(starts.items())
    ]
    return TableRows(COUNTING_STARTS, [list(column) for column in zip(*rows, strict=True)])
