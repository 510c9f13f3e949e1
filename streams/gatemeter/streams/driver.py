"""The Faust transport of gatemeter: micro-batches, an explicit seek, and a commit pointer of our own.

It overrides private hooks of faust-streaming's consumer, whose own logic loses messages around rebalances and commits
what was never processed (docs/adr/0001 lists each hook and why). The version is pinned, and every hook has a test.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

from faust.transport.drivers import TRANSPORTS
from faust.transport.drivers import aiokafka as faust_aiokafka
from faust.types import TP, ConsumerMessage

from gatemeter.streams.delivery_guard import Delivery
from gatemeter.streams.kafka_chunks import chunks_of
from gatemeter.streams.partition_board import Handover
from gatemeter.streams.worker_parts import WorkerParts, parts_of

logger = logging.getLogger(__name__)

SCHEME = "gatemeter"
"""Broker addresses with this scheme are served by this driver."""


class _NoReadOffsets(dict[TP, int | None]):
    """Answers None for every partition, which switches off Faust's filter that drops messages silently."""

    def __getitem__(self, partition: TP) -> None:
        return None


class Consumer(faust_aiokafka.Consumer):  # type: ignore[misc]  # faust is not followed by the type checker
    """Delivers one message per partition chunk, holding a `Handover` as its value."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._read_offset = _NoReadOffsets()

    @property
    def _parts(self) -> WorkerParts:
        return parts_of(self.app)

    async def perform_seek(self) -> None:
        """Seek every assigned partition to where counting goes on; Faust calls this after each assignment.

        The stock one skips partitions that have no committed offset. If this took longer than Faust waits for it,
        the worker would stay in its group and process nothing, so a seek that is slow ends the process.
        """
        self.stop_flow()
        try:
            await asyncio.wait_for(self._seek_all(), timeout=self._parts.seek_timeout_s)
        except TimeoutError as error:
            self._parts.fatal(self._parts.seek_took_too_long())
            raise error from None
        except Exception as error:
            self._parts.fatal(error)
            raise

    async def _seek_all(self) -> None:
        parts = self._parts
        assigned = [tp for tp in self.assignment() if tp.topic == parts.board.log.name]
        committed = await self._committed(assigned)
        log_starts = await self.earliest_offsets(*assigned) if assigned else {}
        starts = await parts.decide_starts(
            {tp.partition: committed.get(tp) for tp in assigned},
            {tp.partition: log_starts[tp] for tp in assigned},
        )
        positions = parts.board.assign(starts)
        logger.info(
            "counting %s from %s",
            parts.board.log.name,
            ", ".join(f"[{partition}]@{offset}" for partition, offset in sorted(positions.items())) or "no partition",
        )
        parts.guard.restart(positions)
        self._committed_offset.update({tp: committed.get(tp) for tp in assigned})
        if assigned:
            await self.seek_wait({tp: positions[tp.partition] for tp in assigned})

    async def _committed(self, assigned: list[TP]) -> dict[TP, int]:
        """One request for all partitions; those without a commit are left out."""
        coordinator = self._thread._ensure_consumer()._coordinator  # noqa: SLF001 - as the stock consumer reaches it
        found: Mapping[Any, Any] = await self._thread.call_thread(coordinator.fetch_committed_offsets, assigned)
        return {TP(tp.topic, tp.partition): entry.offset for tp, entry in found.items() if entry.offset > 0}

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:  # noqa: ASYNC109 - Faust's
        """Yield checked chunks. Records fetched while flow is stopped are held until it resumes, then checked.

        The stock one throws such records away.
        """
        await self._rewind()
        records_by_tp, _ = await self._wait_next_records(timeout)
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        if not records_by_tp or self.should_stop:
            return
        for tp, records in records_by_tp.items():
            delivery = self._parts.guard.check(tp.partition, records)
            if delivery is None:
                continue
            for message in self._messages(tp, delivery, records[0]):
                if not self.flow_active:
                    return  # an assignment is under way; it seeks back to what was counted
                yield tp, message

    async def _rewind(self) -> None:
        rewinds = self._parts.guard.take_rewinds()
        assigned = self.assignment()
        positions = {tp: rewinds[tp.partition] for tp in assigned if tp.partition in rewinds}
        if positions:
            await self.seek_wait(positions)

    def _messages(self, tp: TP, delivery: Delivery, template: Any) -> list[ConsumerMessage]:
        parts = self._parts
        serial = parts.board.serial(tp.partition)
        messages = []
        for chunk in chunks_of(delivery, parts.records_per_chunk):
            message = self._to_message(tp, template)
            message.offset = chunk.next_offset - 1
            message.key = None
            message.value = Handover(tp.partition, serial, chunk)
            messages.append(message)
        return messages

    def _new_offset(self, tp: TP) -> int | None:
        """The commit pointer: what the sink has acknowledged, never what Faust believes was processed."""
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        offset: int | None = self._parts.board.commit_offset(tp.partition)
        return offset

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Nothing: gaps are the guard's concern."""

    async def on_stop(self) -> None:
        """Write what was counted before the last commit, so that the next start has little to read again."""
        await self._parts.flush_before_stop()
        await super().on_stop()


class Transport(faust_aiokafka.Transport):  # type: ignore[misc]
    """Registered under `SCHEME`."""

    Consumer = Consumer


TRANSPORTS.aliases[SCHEME] = f"{__name__}:Transport"
