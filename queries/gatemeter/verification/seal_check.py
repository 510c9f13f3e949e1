"""Whether sealed epochs still have the rows that were sealed, and whether the seals are those that somebody kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict

from gatemeter.output.text import count_of
from gatemeter.verification.finding import Check, CheckResult, CountedFindings, Finding
from gatemeter.verification.seal_chain import ChainHeads, EpochHashes, SealedEpoch, chained
from gatemeter.verification.seal_store import epoch_hashes, sealed_logs, stored_seals
from gatemeter.verification.second_look import Look


class SealHead(BaseModel):
    """The last seals of one partition of a log, over its first `epochs` sealed epochs: a line of an exported file.

    With `epochs` 0 it is the seal of the open epoch by itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    log: str
    partition: int
    topic: str
    epochs: int
    first_offset: int
    """Where the last of these epochs begins."""
    next_offset: int
    """The offset behind the last of these epochs."""
    usage_seal: str
    costs_seal: str
    records_seal: str

    @classmethod
    def of(cls, log: str, last: SealedEpoch) -> Self:
        """The head whose last epoch is `last`."""
        return cls(
            log=log,
            partition=last.epoch.partition,
            topic=last.epoch.topic,
            epochs=last.number,
            first_offset=last.epoch.first_offset,
            next_offset=last.epoch.next_offset,
            usage_seal=last.heads.usage,
            costs_seal=last.heads.costs,
            records_seal=last.heads.records,
        )


@dataclass(slots=True)
class SealCheck(CountedFindings):
    """What was compared with seals so far; `grown` and `gone` count what could not be compared."""

    epochs: int = 0
    unsealed: int = 0
    grown: int = 0
    gone: int = 0

    def add(self, log: str, epoch: EpochHashes, table: str, detail: str) -> None:
        """Count a difference of an epoch's rows in `table`."""
        self.count(_finding(log, epoch, table, detail))

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


def check_seals(client: Client, kept: Sequence[SealHead] = ()) -> Look:
    """Compare all sealed epochs with their seals, and the seals with the heads that somebody `kept`.

    Raises as `fetch` does.
    """
    check = SealCheck()
    heads = {(head.log, head.partition): head for head in kept if head.epochs}
    opened = [head for head in kept if not head.epochs]
    for log in sealed_logs(client):
        sealed, stored = stored_seals(client, log), epoch_hashes(client, log)
        for partition in sorted(sealed.keys() | stored.keys()):
            head = heads.pop((log, partition), None)
            _check_partition(check, log, sealed.get(partition, []), stored.get(partition, []), head)
        now = {(each.partition, each.first_offset): each for epochs in stored.values() for each in epochs}
        for head in [head for head in opened if head.log == log]:
            opened.remove(head)
            _check_open_head(check, head, now.get((head.partition, head.first_offset)))
    for head in (*heads.values(), *opened):
        check.add(
            head.log,
            _nothing(head),
            "epoch_ledger",
            f"{count_of(max(head.epochs, 1), 'sealed epoch')} of the file are gone",
        )
    return check.look()


def stored_heads(client: Client) -> list[SealHead]:
    """The head of every partition that has sealed epochs. Raises as `fetch` does."""
    return [
        SealHead.of(log, each)
        for log in sealed_logs(client)
        for _, sealed in sorted(stored_seals(client, log).items())
        for each in sealed
        if each.is_open or each is sealed[-1]
    ]


def _check_partition(
    check: SealCheck, log: str, sealed: Sequence[SealedEpoch], stored: Sequence[EpochHashes], head: SealHead | None
) -> None:
    now = {epoch.first_offset: epoch for epoch in stored}
    seals = {each.epoch.first_offset for each in sealed}
    check.unsealed += sum(epoch.first_offset not in seals for epoch in stored)
    for each in sealed:
        _check_epoch(check, log, each, now.get(each.epoch.first_offset))
    closed = [each for each in sealed if not each.is_open]
    _check_chain(check, log, closed)
    if head is not None:
        _check_head(check, log, closed, now, head)


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


def _check_head(
    check: SealCheck, log: str, closed: Sequence[SealedEpoch], now: Mapping[int, EpochHashes], head: SealHead
) -> None:
    """Compare a kept head with the seals that follow from the stored rows."""
    if len(closed) < head.epochs:
        missing = head.epochs - len(closed)
        check.add(log, _nothing(head), "seals", f"{count_of(missing, 'seal')} that the file covers are gone")
        return
    covered = closed[: head.epochs]
    heads = ChainHeads()
    for each in covered:
        stored = now.get(each.epoch.first_offset, each.epoch)
        # Events and dead letters may rightly be fewer now: their seal covers what was there.
        now_sealed = replace(each.epoch, next_offset=stored.next_offset, usage=stored.usage, costs=stored.costs)
        heads = chained(heads, now_sealed)
    kept = {"usage": head.usage_seal, "costs": head.costs_seal, "records": head.records_seal}
    found = {"usage": heads.usage, "costs": heads.costs, "records": heads.records}
    for name, seal in kept.items():
        if found[name] != seal:
            check.add(log, _nothing(head), "seals", _CHANGED[name])


def _check_open_head(check: SealCheck, head: SealHead, stored: EpochHashes | None) -> None:
    """Compare the kept seal of an epoch that was open with its rows, unless it has grown since."""
    if stored is None or stored.next_offset < head.next_offset:
        check.add(head.log, _nothing(head), "epoch_ledger", "the epoch that the file has sealed is gone, or is shorter")
        return
    if stored.next_offset > head.next_offset:
        check.grown += 1
        return
    heads = chained(ChainHeads(), stored)
    for name, seal, found in (
        ("usage", head.usage_seal, heads.usage),
        ("costs", head.costs_seal, heads.costs),
    ):
        if seal != found:
            check.add(head.log, _nothing(head), "seals", _CHANGED[name])


_CHANGED = {
    "usage": "the rows up to here are not those of the file with the seals",
    "costs": "the costs up to here are not those of the file with the seals; if they were computed again on purpose "
    "(gatemeter reprice), compare with a file that was exported after it",
    "records": "events or dead letters up to here are not those of the file with the seals",
}


def _nothing(head: SealHead) -> EpochHashes:
    return EpochHashes(
        head.partition, head.first_offset, head.next_offset, head.topic, "", "", 0, "", 0, "", is_finished=True
    )


def _finding(log: str, epoch: EpochHashes, table: str, detail: str) -> Finding:
    return Finding(
        check=Check.SEALS,
        topic=epoch.topic,
        log=log,
        partition=epoch.partition,
        first_offset=epoch.first_offset,
        next_offset=epoch.next_offset,
        table=table,
        detail=detail,
    )
