"""The Faust transport of gatemeter: it delivers chunks, seeks explicitly, and commits what the sink acknowledged.

It overrides private hooks of faust-streaming's consumer. The stock hooks lose messages around rebalances and commit
messages that were never processed (docs/adr/0001). The version is pinned, and every hook has a test.
"""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from aiokafka.errors import KafkaError
from faust.transport.drivers import TRANSPORTS
from faust.transport.drivers import aiokafka as faust_aiokafka
from faust.types import TP, ConsumerMessage

from gatemeter.monitoring.snapshot import Flow
from gatemeter.sources.chunks import chunks_of, lost_chunk, unkeyed_offsets
from gatemeter.sources.contiguity import Delivery
from gatemeter.worker import covering_fetch
from gatemeter.worker.assignment import PartitionChunk
from gatemeter.worker.context import WorkerContext, context_of
from gatemeter.worker.group_offsets import GroupCommits

logger = logging.getLogger(__name__)

_ENGINE_LOGGER = logging.getLogger("faust.gatemeter.driver")
"""For what Faust logs about its own phases. By default it would take the logger of this module."""

SCHEME = "gatemeter"
"""The scheme of the broker addresses that this driver serves."""


class _NoReadOffsets(dict[TP, int | None]):
    """Returns None for every partition, which switches off the filter with which Faust drops messages silently."""

    def __getitem__(self, partition: TP) -> None:
        return None


class _ConsumerThread(faust_aiokafka.AIOKafkaConsumerThread):  # type: ignore[misc]  # as below
    """Reads only messages of committed transactions, and messages outside of any transaction.

    What it reads are `CoveringRecords`.
    """

    logger = _ENGINE_LOGGER

    def _create_worker_consumer(self, transport: Any) -> Any:
        covering_fetch.install()
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001 - Faust sets it only with its own transactions
        return consumer

    def on_crash(self, msg: str, *fmt: Any, **kwargs: Any) -> None:
        """End the process with the exception being handled, unless it stops anyway. The stock method prints it."""
        error = sys.exc_info()[1]
        if error is not None and not self.app.should_stop:
            context_of(self.app).fatal(error)


class Consumer(faust_aiokafka.Consumer):  # type: ignore[misc]  # faust is not followed by the type checker
    """Delivers one message for each chunk of a partition; its value is a `PartitionChunk`."""

    logger = _ENGINE_LOGGER

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._read_offset = _NoReadOffsets()
        self._commits = GroupCommits(self._thread, self._context.assignment.log)

    def _new_consumer_thread(self) -> _ConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def _context(self) -> WorkerContext:
        return context_of(self.app)

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Nothing: the watchdog finds a worker that stands still.

        The stock method ends the worker when it asks for the position of a partition whose position is being looked up
        anew, as after retention has overtaken it.
        """

    async def perform_seek(self) -> None:
        """Seek every assigned partition to the offset where counting continues; called after each assignment.

        The stock method skips partitions that have no committed offset. If the seek took longer than Faust waits for
        it, the worker would stay in its group and process nothing. So a seek that takes too long ends the process.
        """
        self.stop_flow()
        self._context.state.enter(Flow.SEEKING)
        try:
            await asyncio.wait_for(self._seek_all(), timeout=self._context.seek_timeout_s)
        except TimeoutError as error:
            self._context.fatal(self._context.seek_timed_out())
            raise error from None
        except Exception as error:
            self._context.fatal(error)
            raise

    def stop_flow(self) -> None:
        """As the stock method, at a revocation or before a seek; the state says so."""
        super().stop_flow()
        self._context.state.enter(Flow.REBALANCING)

    def resume_flow(self) -> None:
        """As the stock method. Faust calls it after the seek, or at once if no partition was assigned."""
        super().resume_flow()
        if not self.assignment():
            self._context.state.assigned({}, {})
        self._context.state.enter(Flow.FLOWING)

    async def _seek_all(self) -> None:
        context = self._context
        assigned = [tp for tp in self.assignment() if tp.topic == context.assignment.log.name]
        starts = await context.start_offsets.decide([tp.partition for tp in assigned], self._commits, self._extent)
        positions = context.assignment.assign(starts)
        logger.info(
            "counting %s from %s",
            context.assignment.log.name,
            ", ".join(f"[{partition}]@{offset}" for partition, offset in sorted(positions.items())) or "no partition",
        )
        context.guard.restart(positions)
        context.state.assigned(positions, context.assignment.totals)
        commits = self._commits.last_read
        self._committed_offset.update(
            {tp: commits[tp.partition].offset if tp.partition in commits else None for tp in assigned}
        )
        if assigned:
            await self.seek_wait({tp: positions[tp.partition] for tp in assigned})
        context.state.enter(Flow.SOUGHT)

    async def _extent(self, partitions: Iterable[int]) -> dict[int, range]:
        """The range of offsets that the log of each partition holds now."""
        tps = [TP(self._context.assignment.log.name, partition) for partition in partitions]
        if not tps:
            return {}
        starts, ends = await self.earliest_offsets(*tps), await self.highwaters(*tps)
        return {tp.partition: range(starts[tp], ends[tp]) for tp in tps}

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Store what was counted of the partitions before another worker gets them.

        That spares the other worker work. And if it cannot count an epoch again, because the beginning was deleted, it
        continues at the offset that we have stored; a later write of ours would count the same events twice.
        """
        await super().on_partitions_revoked(revoked)
        self._context.assignment.release()
        if not await self._context.flush_in_time():
            self._context.assignment.assign({})  # whoever is assigned next counts it again

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:  # noqa: ASYNC109 - Faust's
        """Yield checked chunks. Records fetched while the flow is stopped are held until it resumes, then checked.

        The stock method discards such records.
        """
        await self._rewind()
        records_by_tp, _ = await self._wait_next_records(timeout)
        await self._look_for_losses(records_by_tp or {})
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        if not records_by_tp or self.should_stop:
            return
        for tp, records in records_by_tp.items():
            delivery = self._context.guard.check(tp.partition, records)
            if delivery is None:
                continue
            await self._look_for_unkeyed(tp, delivery)
            for message in self._messages(tp, delivery, records[0]):
                if not self.flow_active:
                    return  # an assignment is under way; it seeks back to what was counted
                yield tp, message

    async def _rewind(self) -> None:
        rewinds = self._context.guard.take_rewinds()
        assigned = self.assignment()
        positions = {tp: rewinds[tp.partition] for tp in assigned if tp.partition in rewinds}
        if positions:
            self._context.state.rewound(len(positions))
            await self.seek_wait(positions)

    async def _look_for_losses(self, records_by_tp: Mapping[TP, Any]) -> None:
        """For partitions whose last read began too late, ask where the log begins: earlier offsets are lost."""
        guard = self._context.guard
        suspects = [tp for tp in records_by_tp if guard.suspects(tp.partition)]
        if not suspects:
            return
        try:
            starts = await self.earliest_offsets(*suspects)
        except (KafkaError, TimeoutError) as error:
            logger.warning("where the log begins is not known, so a jump is read again: %r", error)
            return
        for tp in suspects:
            guard.log_starts_at(tp.partition, starts[tp])

    async def _look_for_unkeyed(self, tp: TP, delivery: Delivery) -> None:
        """Say which messages may have copies in other partitions."""
        unkeyed = unkeyed_offsets(delivery.records)
        if unkeyed:
            partitions = await self._commits.all_partitions()
            self._context.unkeyed_messages.found(tp.partition, unkeyed[0], len(unkeyed), len(partitions))

    def _messages(self, tp: TP, delivery: Delivery, template: Any) -> list[ConsumerMessage]:
        context = self._context
        serial = context.assignment.serial(tp.partition)
        messages = []
        if uncounted := context.assignment.never_stored(tp.partition, delivery.lost):
            context.start_offsets.alarm(tp.partition, uncounted)
        for chunk in (*lost_chunk(delivery), *chunks_of(delivery, context.records_per_chunk)):
            message = self._to_message(tp, template)
            message.offset = chunk.next_offset - 1
            message.key = None
            message.value = PartitionChunk(tp.partition, serial, chunk)
            messages.append(message)
        return messages

    def _new_offset(self, tp: TP) -> int | None:
        """The offset to commit: what the sink has acknowledged, not what Faust believes was processed."""
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        offset: int | None = self._context.assignment.commit_offset(tp.partition)
        return offset

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        positions = {tp.partition: offset for tp, offset in offsets.items()}
        done = await self._commits.write(positions)
        if done:
            self._context.state.committed(positions)
        return done

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Do nothing: `DeliveryGuard` handles gaps."""

    async def on_stop(self) -> None:
        """Flush before the last commit, so that the next start has little to read again."""
        self._context.state.enter(Flow.STOPPING)
        await self._context.flush_in_time()
        await super().on_stop()


class Transport(faust_aiokafka.Transport):  # type: ignore[misc]
    """The transport registered under `SCHEME`."""

    Consumer = Consumer


TRANSPORTS.aliases[SCHEME] = f"{__name__}:Transport"
