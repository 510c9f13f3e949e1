"""Seals epochs whose rows are all there: a seal stands for good, so half a flush must not get one.

A flush in progress, or a replica that lags behind, shows rows that do not belong together. So all hashes are read
twice, some seconds apart, and an epoch is sealed only if both readings agree, and its rows with its account.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from clickhouse_connect.driver.client import Client

from gatemeter.reports.period import TimeSpan
from gatemeter.verification.checks import run_checks
from gatemeter.verification.finding import Check, CheckResult
from gatemeter.verification.seal_chain import EpochHashes, SealedEpoch, resealed_costs, sealed_partition
from gatemeter.verification.seal_recipe import NEWEST_RECIPE
from gatemeter.verification.seal_store import LogSeals, sealed_logs, write_seals
from gatemeter.verification.second_look import PAUSE_S, Pause

_AT_ITS_END = (Check.OFFSET_RANGES, Check.ROWS_AHEAD)
"""Checks whose findings begin where an epoch ends."""

_CHECKS = (
    Check.EVENT_ACCOUNTING,
    Check.HOURLY_REQUESTS,
    Check.MONTHLY_REQUESTS,
    Check.STREAM_SESSIONS,
    Check.METERS,
    Check.ROW_COUNTS,
    Check.LATENCIES,
    Check.DEAD_LETTERS,
    Check.LEDGER_EVENTS,
    Check.KEPT_EVENTS,
    *_AT_ITS_END,
)
"""What holds the rows of an epoch against its account."""


@dataclass(frozen=True, slots=True)
class UnsealedEpoch:
    """An epoch that was not sealed, and why."""

    epoch: EpochHashes
    why: str

    def __str__(self) -> str:
        """A sentence for people, without the full stop."""
        epoch = self.epoch
        offsets = f"{epoch.first_offset} to {epoch.next_offset - 1}"
        return f"{epoch.topic}[{epoch.partition}]: the epoch of offsets {offsets} is not sealed: {self.why}"


@dataclass(slots=True)
class Sealing:
    """How many epochs got a seal, how many open ones are `growing` at present, and what was left out."""

    written: int = 0
    growing: int = 0
    left_out: list[UnsealedEpoch] = field(default_factory=list)


def seal_epochs(client: Client, now: datetime, *, with_costs: bool, pause: Pause) -> Sealing:
    """Seal all epochs that have no seal yet, and open ones that have grown, if they hold still for `pause(PAUSE_S)`.

    `with_costs` seals the costs of sealed epochs again as they are now. Raises as `fetch` does.
    """
    sealing = Sealing()
    first = {log: seals.now for log in sealed_logs(client) if _due(seals := LogSeals(client, log), with_costs)}
    if not first:
        return sealing
    pause(PAUSE_S)
    faults = _Faults(run_checks(client, TimeSpan(), lambda _check: None, only=_CHECKS))
    for log, before in first.items():
        seals = LogSeals(client, log)
        moved = [epoch for key, epoch in seals.now.items() if before.get(key) != epoch]
        faulty = [epoch for epoch in seals.now.values() if faults.of(log, epoch)]
        new = _due(seals, with_costs, without=(*moved, *faulty))
        write_seals(client, log, new, now)
        sealing.written += len(new)
        wanted = {each.epoch.key for each in _due(seals, with_costs)} - {each.epoch.key for each in new}
        for epoch in (seals.now[key] for key in sorted(wanted)):
            _leave_out(sealing, epoch, faults.of(log, epoch))
    return sealing


def _due(seals: LogSeals, with_costs: bool, *, without: Collection[EpochHashes] = ()) -> list[SealedEpoch]:
    """The seals to write for a log, leaving out some epochs."""
    left_out = {epoch.key for epoch in without}
    stored = [epoch for key, epoch in seals.now.items() if key not in left_out]
    return [
        each for partition in sorted(seals.partitions) for each in _of_partition(seals, partition, stored, with_costs)
    ]


def _of_partition(
    seals: LogSeals, partition: int, stored: Sequence[EpochHashes], with_costs: bool
) -> Iterator[SealedEpoch]:
    here = [epoch for epoch in stored if epoch.partition == partition]
    sealed = {each.epoch.first_offset: each for each in seals.sealed.get(partition, ())}
    again = resealed_costs(list(sealed.values()), here) if with_costs else []
    sealed |= {each.epoch.first_offset: each for each in again}
    yield from again
    yield from sealed_partition(list(sealed.values()), [epoch for epoch in here if epoch.recipe == NEWEST_RECIPE])


def _leave_out(sealing: Sealing, epoch: EpochHashes, fault: str) -> None:
    if fault:
        sealing.left_out.append(UnsealedEpoch(epoch, fault))
    elif epoch.is_finished:
        sealing.left_out.append(UnsealedEpoch(epoch, "its rows changed while they were read"))
    else:
        sealing.growing += 1


class _Faults:
    """What checks found, by the epoch that is meant."""

    def __init__(self, results: Sequence[CheckResult]) -> None:
        self._unnamed = next((each.check for each in results if each.differences > len(each.findings)), None)
        self._begins: dict[tuple[str, int, int], str] = {}
        self._ends: dict[tuple[str, int, int], str] = {}
        for finding in (finding for result in results for finding in result.findings):
            found = self._ends if finding.check in _AT_ITS_END else self._begins
            found[finding.log, finding.partition, finding.first_offset] = f"{finding.detail} ({finding.check})"

    def of(self, log: str, epoch: EpochHashes) -> str:
        """What is wrong about the epoch of `log`; '' where nothing is."""
        if self._unnamed:
            return f"the check {self._unnamed} has more findings than it names; see gatemeter verify"
        begin, end = (log, epoch.partition, epoch.first_offset), (log, epoch.partition, epoch.next_offset)
        return self._begins.get(begin) or self._ends.get(end) or self._ends.get(begin, "")
