"""The parts of one worker that the Faust driver, the agent and the timers share."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

from gatemeter.errors import KafkaUnavailable
from gatemeter.monitoring.worker_state import WorkerState
from gatemeter.sources.contiguity import DeliveryGuard
from gatemeter.worker.assignment import Assignment
from gatemeter.worker.flusher import Fatal, Flusher
from gatemeter.worker.start_offsets import StartOffsets
from gatemeter.worker.topic_identity import TopicIdentity

logger = logging.getLogger(__name__)

_LAST_FLUSH_TIMEOUT_S = 5.0
_ATTRIBUTE = "gatemeter_parts"


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """Everything but Faust itself; `fatal` ends the process, `seek_timeout_s` bounds what follows an assignment."""

    assignment: Assignment
    flusher: Flusher
    starts: StartOffsets
    life: TopicIdentity
    fatal: Fatal
    records_per_chunk: int
    seek_timeout_s: float
    guard: DeliveryGuard = field(default_factory=DeliveryGuard)

    @property
    def state(self) -> WorkerState:
        """What the worker tells about itself."""
        return self.flusher.state

    def seek_took_too_long(self) -> KafkaUnavailable:
        """Why a worker ends that could not find out where to begin."""
        return KafkaUnavailable(
            f"the brokers did not say within {self.seek_timeout_s:.0f} s where the log begins and what is committed",
            where=self.assignment.log.name,
            do="start the worker again once they answer; nothing is lost",
        )

    async def flush_in_time(self) -> bool:
        """Flush once more, before partitions or life are given up; whether the sink answered in time."""
        try:
            await asyncio.wait_for(self.flusher.flush(), timeout=_LAST_FLUSH_TIMEOUT_S)
        except TimeoutError:
            logger.warning("the sink did not answer in time; what was not written will be counted again")
            return False
        return True


def attach(app: Any, parts: WorkerContext) -> None:
    """Make `parts` known to the driver of `app`."""
    setattr(app, _ATTRIBUTE, parts)


def parts_of(app: Any) -> WorkerContext:
    """The parts that were attached to `app`."""
    parts: WorkerContext = getattr(app, _ATTRIBUTE)
    return parts
