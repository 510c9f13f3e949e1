"""Whether sealed epochs still have the rows that were sealed, and seals follow from each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from gatemeter.output.text import count_of
from gatemeter.verification.finding import Check, CheckResult, CountedFindings, Finding
from gatemeter.verification.seal_chain import ChainHeads, EpochHashes, SealedEpoch, chained
from gatemeter.verification.seal_file import SealHead
from gatemeter.verification.seal_store import LogSeals
from gatemeter.verification.second_look import Look


@dataclass(slots=True)
class SealCheck(CountedFindings):
    """What was compared with seals so far; `grown` and `gone` count epochs that could not be compared."""

    epochs: int = 0
    unsealed: int = 0
    grown: int = 0
    gone: int = 0

    def add(self, log: str, epoch: EpochHashes | SealHead, table: str, detail: str) -> None:
        """Count a difference of an epoch's rows in `table`."""
        self.count(
            Finding(
                check=Check.SEALS,
                topic=epoch.topic,
                log=log,
                partition=epoch.partition,
                first_offset=epoch.first_offset,
                next_offset=epoch.next_offset,
                table=table,
                detail=detail,
            )
        )

    def look(self) -> Look:
        """What was compared, and what could not be compared and why."""
        result = CheckResult(Check.SEALS, self.epochs, self.epochs, self.differences, self.findings)
        return Look([result], self._sentences())

    def _sentences(self) -> list[str]:
        counted = (
            (self.unsealed, "not sealed; gatemeter seal add seals them"),
            (self.grown, "sealed while they were open, and grown since; gatemeter seal add seals them again"),
            (
                self.gone,
                "of their events or dead letters some expired or were replayed since they were sealed",
            ),
        )
        return [f"seals of {count_of(number, 'epoch')}: {why}" for number, why in counted if number]


def check_log(check: SealCheck, seals: LogSeals) -> None:
    """Compare the rows of all sealed epochs of a log with their seals, and each seal with the one before."""
    for partition in sorted(seals.partitions):
        sealed = seals.sealed.get(partition, [])
        begins = {each.epoch.first_offset for each in sealed}
        check.unsealed += sum(epoch.first_offset not in begins for epoch in seals.stored.get(partition, ()))
        for each in sealed:
            _check_epoch(check, seals.log, each, seals.now.get(each.epoch.key))
        _check_chain(check, seals.log, seals.closed(partition))


def _check_epoch(check: SealCheck, log: str, sealed: SealedEpoch, stored: EpochHashes | None) -> None:
    before = sealed.epoch
    check.epochs += 1
    if stored is None:
        check.add(log, before, "epoch_ledger", "the sealed epoch is gone")
        return
    if stored.next_offset != before.next_offset:
        if sealed.is_open and stored.next_offset > before.next_offset:
            check.grown += 1
        else:
            check.add(log, before, "epoch_ledger", f"it was sealed up to offset {before.next_offset}")
        return
    if stored.usage != before.usage:
        check.add(log, before, "usage", "its rows are not those that were sealed")
    if stored.costs != before.costs and stored.usage == before.usage:
        check.add(
            log,
            before,
            "llm_usage_hourly",
            "its costs are not those that were sealed; if they were computed again on purpose (gatemeter reprice), "
            "gatemeter seal add --costs seals them anew",
        )
    _check_records(check, log, before, stored)


def _check_records(check: SealCheck, log: str, before: EpochHashes, stored: EpochHashes) -> None:
    """Events expire and dead letters are replayed: they are compared where they are still as many."""
    for table, old, new in (
        ("event_ledger", (before.events, before.events_hash), (stored.events, stored.events_hash)),
        (
            "dead_letters",
            (before.dead_letters, before.dead_letters_hash),
            (stored.dead_letters, stored.dead_letters_hash),
        ),
    ):
        if new[0] < old[0]:
            check.gone += 1
        elif new != old and old[0]:
            check.add(log, before, table, "they are not those that were sealed")


def _check_chain(check: SealCheck, log: str, closed: Sequence[SealedEpoch]) -> None:
    heads = ChainHeads()
    for position, each in enumerate(closed, start=1):
        heads = chained(heads, each.epoch)
        if each.number != position or each.heads != heads:
            check.add(log, each.epoch, "seals", "its seal does not follow from the one before: seals were changed")
            return
