"""What the Faust driver, the agent and the timers of one worker share."""

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
from gatemeter.worker.unkeyed_messages import UnkeyedMessages

logger = logging.getLogger(__name__)

_LAST_FLUSH_TIMEOUT_S = 5.0
_ATTRIBUTE = "gatemeter_context"


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """Everything of a worker except Faust itself.

    `fatal` ends the process with the error that it gets. `seek_timeout_s` bounds the seek that follows an assignment.
    """

    assignment: Assignment
    flusher: Flusher
    start_offsets: StartOffsets
    unkeyed_messages: UnkeyedMessages
    topic_identity: TopicIdentity
    fatal: Fatal
    records_per_chunk: int
    seek_timeout_s: float
    guard: DeliveryGuard = field(default_factory=DeliveryGuard)

    @property
    def state(self) -> WorkerState:
        """The worker's health and metrics, as the monitor reads them."""
        return self.flusher.state

    def seek_timed_out(self) -> KafkaUnavailable:
        """The error of a worker whose seek exceeded `seek_timeout_s`."""
        return KafkaUnavailable(
            f"the brokers did not say within {self.seek_timeout_s:.0f} s where the log begins and what is committed",
            where=self.assignment.log.name,
            do="start the worker again once they answer; nothing is lost",
        )

    async def flush_in_time(self) -> bool:
        """Flush once more before partitions are given up or the worker stops; False if the sink took too long."""
        try:
            await asyncio.wait_for(self.flusher.flush(), timeout=_LAST_FLUSH_TIMEOUT_S)
        except TimeoutError:
            logger.warning("the sink did not answer in time; what was not written will be counted again")
            return False
        return True


def attach(app: Any, context: WorkerContext) -> None:
    """Give `app`, a Faust app, its context; its driver finds it with `context_of`."""
    setattr(app, _ATTRIBUTE, context)


def context_of(app: Any) -> WorkerContext:
    """The context that was attached to `app`."""
    context: WorkerContext = getattr(app, _ATTRIBUTE)
    return context
