"""Whether stored rows and seals are those of the heads that somebody kept in a file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from clickhouse_connect.driver.client import Client

from gatemeter.output.text import count_of
from gatemeter.verification.seal_chain import ChainHeads, EpochHashes, chained
from gatemeter.verification.seal_check import SealCheck, check_log
from gatemeter.verification.seal_file import SealHead
from gatemeter.verification.seal_store import LogSeals, sealed_logs
from gatemeter.verification.second_look import Look


def check_seals(client: Client, kept: Sequence[SealHead] = ()) -> Look:
    """Compare all sealed epochs with their seals, and the seals with the heads that somebody `kept`.

    Raises as `fetch` does.
    """
    check = SealCheck()
    left = list(kept)
    for log in sealed_logs(client):
        of_log = [head for head in left if head.log == log]
        seals = LogSeals(client, log, recipes={head.recipe for head in of_log})
        check_log(check, seals)
        for head in of_log:
            left.remove(head)
            _check_head(check, seals, head)
    for head in left:
        lost = count_of(max(head.epochs, 1), "sealed epoch")
        check.add(head.log, head, "epoch_ledger", f"{lost} of the file are gone")
    return check.look()


def _check_head(check: SealCheck, seals: LogSeals, head: SealHead) -> None:
    if head.epochs:
        _check_chain_head(check, seals, head)
    else:
        _check_open_head(check, head, seals.now.get((head.recipe, head.partition, head.first_offset)))


def _check_chain_head(check: SealCheck, seals: LogSeals, head: SealHead) -> None:
    """Compare a kept head with the seals that follow from the stored rows."""
    closed = seals.closed(head.partition)
    if len(closed) < head.epochs:
        missing = head.epochs - len(closed)
        check.add(head.log, head, "seals", f"{count_of(missing, 'seal')} that the file covers are gone")
        return
    heads = ChainHeads()
    for each in closed[: head.epochs]:
        stored = seals.now.get(each.epoch.key, each.epoch)
        # Events and dead letters may rightly be fewer now: their seal covers what was there.
        now_sealed = replace(each.epoch, next_offset=stored.next_offset, usage=stored.usage, costs=stored.costs)
        heads = chained(heads, now_sealed)
    _compare(check, head, {"usage": heads.usage, "costs": heads.costs, "records": heads.records})


def _check_open_head(check: SealCheck, head: SealHead, stored: EpochHashes | None) -> None:
    """Compare the kept seal of an epoch that was open with its rows, unless it has grown since."""
    if stored is None or stored.next_offset < head.next_offset:
        check.add(head.log, head, "epoch_ledger", "the epoch that the file has sealed is gone, or is shorter")
    elif stored.next_offset > head.next_offset:
        check.grown += 1
    else:
        heads = chained(ChainHeads(), stored)
        _compare(check, head, {"usage": heads.usage, "costs": heads.costs})


def _compare(check: SealCheck, head: SealHead, found: Mapping[str, str]) -> None:
    kept = {"usage": head.usage_seal, "costs": head.costs_seal, "records": head.records_seal}
    for chain, seal in found.items():
        if seal != kept[chain]:
            check.add(head.log, head, "seals", _CHANGED[chain])


_CHANGED = {
    "usage": "the rows up to here are not those of the file with the seals",
    "costs": "the costs up to here are not those of the file with the seals; if they were computed again on purpose "
    "(gatemeter reprice), compare with a file that was exported after it",
    "records": "events or dead letters up to here are not those of the file with the seals",
}
