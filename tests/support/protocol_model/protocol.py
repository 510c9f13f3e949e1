"""Two workers, a consumer group and a store: every step that any of them can take next, from any state.

What a worker does in its memory alone (decoding, counting, taking a flush, seeing it acknowledged) makes no difference
to others until its next write or assignment, so it is one step with that. All orders of steps that make a difference
are explored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from gatemeter.metering.commit import Commit
from gatemeter.metering.start_position import StartPosition
from tests.support.protocol_model.table_store import EMPTY, Merge, Store, highest_version, ledger_in, rows_in, written
from tests.support.protocol_model.tiny_log import (
    END,
    Memory,
    Row,
    assigned,
    column,
    commit_offset,
    counted,
    flush_of,
    start_of,
)

Batch = tuple[tuple[Row, ...], ...]


class Writing(NamedTuple):
    """A flush on its way: its rows table by table, how many tables are stored, and which counter it was taken from."""

    batch: Batch
    stored: int
    of: Memory | None


class Worker(NamedTuple):
    """`memory` is None while it holds no partition. A crashed worker is one that holds nothing at all."""

    memory: Memory | None = None
    writing: Writing | None = None


IDLE = Worker()


class State(NamedTuple):
    """The group gave the partition to `owner`; another worker that still has a memory is a zombie.

    `late` are the rows of a write that was given up but may still land. `lost` are the offsets that were reported as
    deleted before they were counted; `torn` says that a crash tore a flush of which they or their neighbours were part.
    `gone` are the offsets whose messages compaction took away, `kept` those of them that the ledger had counted then.
    """

    workers: tuple[Worker, ...]
    owner: int | None
    committed: Commit | None
    store: Store
    late: tuple[Row, ...]
    log_start: int
    lost: frozenset[int]
    torn: bool
    moves_left: int
    crashes_left: int
    failures_left: int
    deletions_left: int
    compactions_left: int = 0
    gone: frozenset[int] = frozenset()
    kept: frozenset[int] = frozenset()


Step = tuple[str, State]


@dataclass(frozen=True)
class Protocol:
    """The product's protocol; a subclass leaves out one of its guards. The numbers bound how often things go wrong."""

    workers: int = 2
    moves: int = 2
    crashes: int = 2
    failures: int = 1
    deletions: int = 0
    deletes_under_workers: bool = False
    compactions: int = 0
    end: int = END
    merge: Merge = highest_version

    def first_state(self) -> State:
        nothing_lost: frozenset[int] = frozenset()
        budgets = (self.moves, self.crashes, self.failures, self.deletions)
        return State((IDLE,) * self.workers, None, None, EMPTY, (), 0, nothing_lost, False, *budgets, self.compactions)

    def steps(self, state: State) -> Iterator[Step]:
        """What may happen next, with the state after it."""
        for who, worker in enumerate(state.workers):
            yield from self._of_the_group(state, who, worker)
            if worker != IDLE:
                yield from self._of_the_worker(state, who, worker)
        if state.late:
            after = written(state.store, state.late, self.merge)
            yield "a write given up long ago lands", state._replace(store=after, late=())
        if state.deletions_left and (self.deletes_under_workers or all(worker == IDLE for worker in state.workers)):
            yield from self._deletions(state)
        if state.compactions_left and all(worker == IDLE for worker in state.workers):
            yield from self._compactions(state)

    # -- the group and the world -----------------------------------------------------------------------------------

    def _of_the_group(self, state: State, who: int, worker: Worker) -> Iterator[Step]:
        if state.owner is None:
            if who and worker == state.workers[0]:
                return  # the same as an assignment to the first worker
            yield from self._assigned(state, who, worker, "")
        elif state.moves_left:
            moved = state._replace(moves_left=state.moves_left - 1)
            remark = " again" if state.owner == who else f", {name(state.owner)} does not know"
            yield from self._assigned(moved, who, worker, remark)
        if worker.memory is not None and state.owner != who:
            yield f"{name(who)} learns that it was replaced", put(state, who, worker._replace(memory=None))
        if state.crashes_left and worker != IDLE:
            owner = None if state.owner == who else state.owner
            crashed = state._replace(crashes_left=state.crashes_left - 1, owner=owner)
            yield f"{name(who)} crashes", put(crashed, who, IDLE)

    def _assigned(self, state: State, who: int, worker: Worker, remark: str) -> Iterator[Step]:
        decision = start_of(state.committed, state.log_start, ledger_in(state.store))
        committed, lost = state.committed, state.lost | set(decision.lost)
        if committed is None and not ledger_in(state.store):
            committed = Commit(decision.position.count_from, is_beginning=True)
            lost |= set(range(decision.position.count_from))  # before the group came into being
        torn = state.torn or leaves_torn(state.store, decision.position.count_from)
        after = state._replace(owner=who, committed=committed, lost=lost, torn=torn)
        label = f"{name(who)} is assigned{remark}"
        if worker.memory is None:
            memory = assigned(None, self.start(decision.position), state.gone)
            yield (
                f"{label}, reads from {memory.next_offset}, counts from {memory.start.count_from}",
                put(after, who, worker._replace(memory=memory)),
            )
            return
        for before in self._counted_further(worker.memory):
            memory = assigned(before, self.start(decision.position), state.gone)
            yield (
                f"{label} at {before.next_offset}, goes on at {memory.next_offset}",
                put(after, who, worker._replace(memory=memory)),
            )

    def _deletions(self, state: State) -> Iterator[Step]:
        after = state._replace(deletions_left=state.deletions_left - 1)
        for log_start in range(state.log_start + 1, self.end + 1):
            yield f"retention deletes the log up to {log_start}", after._replace(log_start=log_start)

    def _compactions(self, state: State) -> Iterator[Step]:
        """Any message but the last one; not over a torn flush, whose rows no ledger row tells."""
        if state.late or leaves_torn(state.store, self.end):
            return
        after = state._replace(compactions_left=state.compactions_left - 1)
        for offset in set(range(self.end - 1)) - state.gone:
            gone, kept = state.gone | {offset}, state.kept
            if any(column(row, "epoch_first_offset") <= offset < row.version for row in ledger_in(state.store)):
                kept |= {offset}
            yield f"compaction takes the message at {offset} away", after._replace(gone=gone, kept=kept)

    # -- a worker --------------------------------------------------------------------------------------------------

    def _of_the_worker(self, state: State, who: int, worker: Worker) -> Iterator[Step]:
        if worker.writing is not None:
            yield from self._stores(state, who, worker, worker.writing, "")
        elif worker.memory is not None:
            for memory in self._counted_further(worker.memory):
                if memory.next_offset > max(memory.taken, memory.start.count_from) and self.batch(memory):
                    taken = self.takes(worker, memory)
                    until = f"counts up to {memory.next_offset}, takes a flush, "
                    yield from self._stores(state, who, taken, self.writing(memory), until)
        if state.owner == who and worker.memory is not None:
            yield from self._commits(state, who, worker.memory)

    def _counted_further(self, memory: Memory) -> Iterator[Memory]:
        yield memory
        while memory.next_offset < self.end:
            memory = counted(memory)
            yield memory

    def _stores(self, state: State, who: int, worker: Worker, writing: Writing, before: str) -> Iterator[Step]:
        rows = writing.batch[writing.stored]
        table = rows[0].key[0]
        further = writing._replace(stored=writing.stored + 1)
        done = further.stored == len(writing.batch)
        stored = self.acknowledged(worker, further) if done else worker._replace(writing=further)
        after = state._replace(store=written(state.store, rows, self.merge))
        yield f"{name(who)} {before}stores {table}{' (acknowledged)' if done else ''}", put(after, who, stored)
        if state.failures_left:
            failed = state._replace(failures_left=state.failures_left - 1, late=rows)
            yield f"{name(who)} {before}gives up storing {table}", put(failed, who, self.retries(worker, writing))

    def _commits(self, state: State, who: int, memory: Memory) -> Iterator[Step]:
        offset = commit_offset(memory)
        known = state.committed
        if offset is not None and (known is None or known.is_beginning or offset > known.offset):
            yield f"{name(who)} commits {offset}", state._replace(committed=Commit(offset))

    # -- what an unguarded variant overrides --------------------------------------------------------------------------

    def start(self, position: StartPosition) -> StartPosition:
        return position

    def batch(self, memory: Memory) -> Batch:
        return flush_of(memory)

    def writing(self, memory: Memory) -> Writing:
        return Writing(self.batch(memory), 0, memory_start(memory._replace(taken=memory.next_offset)))

    def takes(self, worker: Worker, memory: Memory) -> Worker:
        taken = memory._replace(taken=memory.next_offset)
        return worker._replace(memory=taken, writing=self.writing(memory))

    def acknowledged(self, worker: Worker, writing: Writing) -> Worker:
        memory = worker.memory
        if memory is not None and memory_start(memory) == writing.of:
            memory = memory._replace(acknowledged=memory.taken)
        return worker._replace(memory=memory, writing=None)

    def retries(self, worker: Worker, writing: Writing) -> Worker:
        return worker._replace(writing=writing._replace(stored=0))


@cache
def leaves_torn(store: Store, count_from: int) -> bool:
    """Whether a table holds more of an epoch than the ledger names, and that epoch will not be counted again."""
    stored_until = max((row.version for row in ledger_in(store)), default=0)
    return any(row.version > stored_until and column(row, "epoch_first_offset") < count_from for row in rows_in(store))


def memory_start(memory: Memory) -> Memory:
    """What identifies the counter from which a flush was taken, so that one assigned later is another one."""
    return memory._replace(next_offset=0, acknowledged=0)


def name(who: int) -> str:
    return "AB"[who]


def put(state: State, who: int, worker: Worker) -> State:
    workers = list(state.workers)
    workers[who] = worker
    return state._replace(workers=tuple(workers))
