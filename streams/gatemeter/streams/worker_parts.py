"""The parts of one worker that the Faust driver, the agent and the timers share."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gatemeter.contracts.errors import ClickHouseUnavailable, KafkaUnavailable, RetryableError
from gatemeter.streams.delivery_guard import DeliveryGuard
from gatemeter.streams.flusher import Fatal, Flusher
from gatemeter.streams.partition_board import PartitionBoard
from gatemeter.streams.partition_counter import StartPosition
from gatemeter.streams.sink import Sink, StoredEpoch
from gatemeter.streams.start_position import decide_start

logger = logging.getLogger(__name__)

_LAST_FLUSH_TIMEOUT_S = 8.0
_SHARE_FOR_THE_LEDGER = 0.8
_ATTRIBUTE = "gatemeter_parts"


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """Everything but Faust itself; `fatal` ends the process, `seek_timeout_s` bounds what follows an assignment."""

    board: PartitionBoard
    sink: Sink
    flusher: Flusher
    fatal: Fatal
    records_per_chunk: int
    seek_timeout_s: float
    guard: DeliveryGuard = field(default_factory=DeliveryGuard)

    async def decide_starts(
        self, committed: Mapping[int, int | None], log_starts: Mapping[int, int]
    ) -> dict[int, StartPosition]:
        """Where each assigned partition begins; offsets lost to retention are logged with their exact range."""
        stored = await self._stored_epochs() if committed else []
        starts = {}
        for partition, offset in committed.items():
            decision = decide_start(
                self.board.log,
                partition,
                self.board.metering.rules,
                committed=offset,
                log_start=log_starts[partition],
                stored=[epoch for epoch in stored if epoch.partition == partition],
            )
            if decision.lost:
                logger.error(
                    "%s[%d]: offsets %d to %d were deleted from the log before they were counted; "
                    "raise the topic's retention.ms",
                    self.board.log.name,
                    partition,
                    decision.lost.start,
                    decision.lost.stop - 1,
                )
            starts[partition] = decision.position
        return starts

    async def _stored_epochs(self) -> list[StoredEpoch]:
        loop = asyncio.get_running_loop()
        give_up_s = loop.time() + _SHARE_FOR_THE_LEDGER * self.seek_timeout_s
        while True:
            try:
                return list(await asyncio.to_thread(self.sink.stored_epochs, self.board.log.identity))
            except RetryableError as error:
                if loop.time() + error.retry_after_s > give_up_s:
                    raise ClickHouseUnavailable(
                        error.what, where=error.where, do="start the worker again once it answers; nothing is lost"
                    ) from error
                logger.warning("%s; reading the ledger again in %.0f s", error, error.retry_after_s)
                await asyncio.sleep(error.retry_after_s)

    def seek_took_too_long(self) -> KafkaUnavailable:
        """Why a worker ends that could not find out where to begin."""
        return KafkaUnavailable(
            f"the brokers did not say within {self.seek_timeout_s:.0f} s where the log begins and what is committed",
            where=self.board.log.name,
            do="start the worker again once they answer; nothing is lost",
        )

    async def flush_before_stop(self) -> None:
        """Flush once more if the sink answers in time; correctness does not need it."""
        try:
            await asyncio.wait_for(self.flusher.flush(), timeout=_LAST_FLUSH_TIMEOUT_S)
        except TimeoutError:
            logger.warning("the sink did not answer in time; the next start will count again what was not written")


def attach(app: Any, parts: WorkerParts) -> None:
    """Make `parts` known to the driver of `app`."""
    setattr(app, _ATTRIBUTE, parts)


def parts_of(app: Any) -> WorkerParts:
    """The parts that were attached to `app`."""
    parts: WorkerParts = getattr(app, _ATTRIBUTE)
    return parts
