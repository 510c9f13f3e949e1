"""Seals: hashes over all rows of an epoch, chained through the epochs of a log's partition.

The seal of an epoch covers the epoch and the seal before it. So the last one, the head, covers them all: whoever keeps
it where the database cannot be changed from can tell later that a row of any of them is another one. There are three
chains, because what they cover may change for different reasons: usage, which only the log decides; costs, which
another price book decides anew; and records, the events and dead letters that were there when the epoch was sealed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from gatemeter.metering.log import LogKind
from gatemeter.verification.seal_recipe import NEWEST_RECIPE

OPEN = 0
"""The number of an epoch that may still grow. It is not in the chain."""


@dataclass(frozen=True, slots=True)
class ChainHeads:
    """The last seal of each chain; '' before the first."""

    usage: str = ""
    costs: str = ""
    records: str = ""


@dataclass(frozen=True, slots=True)
class EpochHashes:
    """An epoch as it is stored: hashes over its rows by a recipe, and how many events and dead letters it has."""

    partition: int
    first_offset: int
    next_offset: int
    topic: str
    usage: str
    costs: str
    events: int
    events_hash: str
    dead_letters: int
    dead_letters_hash: str
    is_finished: bool
    has_open_line: bool = False
    recipe: int = NEWEST_RECIPE

    @property
    def key(self) -> tuple[int, int, int]:
        """What is equal for two states of the epoch whose hashes can be compared."""
        return (self.recipe, self.partition, self.first_offset)

    @property
    def records(self) -> str:
        """What the chain of records covers."""
        return f"{self.events} {self.events_hash} {self.dead_letters} {self.dead_letters_hash}"


@dataclass(frozen=True, slots=True)
class SealedEpoch:
    """An epoch as it was when it was sealed, its number in the chains of its partition, and the seals up to it."""

    epoch: EpochHashes
    number: int
    heads: ChainHeads

    @property
    def is_open(self) -> bool:
        """Whether the epoch could still grow when it was sealed."""
        return self.number == OPEN


def is_finished(kind: str, first_offset: int, next_offset: int, epoch_size: int, *, is_last: bool) -> bool:
    """Whether nothing is counted into the epoch any more, which is the last one of its partition or not."""
    if kind not in (LogKind.KAFKA.value, LogKind.FILE.value):
        return True
    return not is_last or next_offset == (first_offset // epoch_size + 1) * epoch_size


def chained(before: ChainHeads, epoch: EpochHashes) -> ChainHeads:
    """The seals up to and including `epoch`, of which those up to the epoch before it are `before`."""
    key = f"{epoch.partition} {epoch.first_offset} {epoch.next_offset}"
    return ChainHeads(
        _seal(before.usage, key, epoch.usage),
        _seal(before.costs, key, epoch.costs),
        _seal(before.records, key, epoch.records),
    )


def chained_all(epochs: Iterable[EpochHashes]) -> ChainHeads:
    """The heads of the chains over `epochs`, in their order."""
    heads = ChainHeads()
    for epoch in epochs:
        heads = chained(heads, epoch)
    return heads


def sealed_partition(sealed: Sequence[SealedEpoch], stored: Sequence[EpochHashes]) -> list[SealedEpoch]:
    """The seals to write for a partition with the epochs `stored`, by first offset, of which `sealed` have a seal.

    Finished epochs that have none are chained on in the order of their offsets. The open one is sealed by itself.
    """
    closed = sorted((each for each in sealed if not each.is_open), key=lambda each: each.number)
    known = {each.epoch.first_offset for each in closed}
    before = {each.epoch.first_offset: each.epoch for each in sealed if each.is_open}
    heads, number = (closed[-1].heads, closed[-1].number) if closed else (ChainHeads(), 0)
    added = []
    for epoch in stored:
        if epoch.first_offset in known or epoch.has_open_line:
            continue
        if epoch.is_finished:
            number += 1
            heads = chained(heads, epoch)
            added.append(SealedEpoch(epoch, number, heads))
        elif before.get(epoch.first_offset) != epoch:
            added.append(SealedEpoch(epoch, OPEN, chained(ChainHeads(), epoch)))
    return added


def resealed_costs(sealed: Sequence[SealedEpoch], stored: Sequence[EpochHashes]) -> list[SealedEpoch]:
    """The seals to write where the costs of sealed epochs were computed again: of these and of all that follow them."""
    costs = {epoch.key: epoch.costs for epoch in stored}
    heads, changed = ChainHeads(), []
    for each in sorted((each for each in sealed if not each.is_open), key=lambda each: each.number):
        epoch = _with_costs(each.epoch, costs.get(each.epoch.key, each.epoch.costs))
        heads = chained(heads, epoch)
        again = SealedEpoch(epoch, each.number, ChainHeads(each.heads.usage, heads.costs, each.heads.records))
        if again != each:
            changed.append(again)
    for each in sealed:
        now = costs.get(each.epoch.key, each.epoch.costs)
        if each.is_open and now != each.epoch.costs:
            epoch = _with_costs(each.epoch, now)
            changed.append(SealedEpoch(epoch, OPEN, chained(ChainHeads(), epoch)))
    return changed


def _with_costs(epoch: EpochHashes, costs: str) -> EpochHashes:
    return replace(epoch, costs=costs)


def _seal(before: str, key: str, content: str) -> str:
    return sha256(f"{before}\n{key}\n{content}".encode()).hexdigest()
