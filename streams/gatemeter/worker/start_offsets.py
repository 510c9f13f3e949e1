"""Decides where counting begins after an assignment, from commits, the log's extent, and what the store says."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

import stamina

from gatemeter.clock import SystemClock
from gatemeter.errors import ClickHouseUnavailable, ConflictError, KafkaUnavailable, RetryableError, StopError
from gatemeter.metering.commit import Commit
from gatemeter.metering.counting_start import CountingStart, counting_start_rows
from gatemeter.metering.log import Log
from gatemeter.metering.sink import Sink, StoredEpoch
from gatemeter.metering.start_position import StartDecision, StartPosition, decide_start
from gatemeter.worker.settings import FirstStart
from gatemeter.worker.topic_identity import TopicIdentity

logger = logging.getLogger(__name__)

_ANSWER_SHARE = 0.8
"""The share of `timeout_s` in which one server must answer; the rest is for the seek."""

_PAUSE_S = 0.5

_T = TypeVar("_T")

Extent = Callable[[Iterable[int]], Awaitable[Mapping[int, range]]]
"""Returns the range of offsets that the log of each partition holds."""


class Commits(Protocol):
    """The group's commits of one topic (see `group_offsets.GroupCommits`)."""

    async def read(self, partitions: Iterable[int]) -> Mapping[int, Commit]:
        """The commits of `partitions`; a partition without a commit is left out."""

    async def begin_at(self, offsets: Mapping[int, int]) -> bool:
        """Commit the group's first offsets; False if the brokers refused."""

    async def all_partitions(self) -> Sequence[int]:
        """The topic's partitions."""


class StartOffsets:
    """Decides for one log. `first_start` is where a group begins that neither committed, recorded nor stored anything.

    `timeout_s` bounds `decide`; `on_loss` gets the number of offsets that were deleted before they were counted.
    """

    def __init__(
        self,
        log: Log,
        ruleset_version: str,
        sink: Sink,
        *,
        first_start: FirstStart,
        timeout_s: float,
        topic_identity: TopicIdentity,
        on_loss: Callable[[int], None],
    ) -> None:
        self._log = log
        self._ruleset_version = ruleset_version
        self._sink = sink
        self._first_start = first_start
        self._timeout_s = timeout_s
        self._topic_identity = topic_identity
        self._on_loss = on_loss

    async def decide(self, assigned: Sequence[int], commits: Commits, extent: Extent) -> dict[int, StartPosition]:
        """The start of each assigned partition. Offsets that were deleted before they were counted raise an alarm.

        The start of a partition of which nothing is stored is recorded in the sink before anything of it is counted,
        and is the start of all later workers.

        Raises ConflictError if the log ends before what is stored or where counting is to begin, or if its numbers were
        made in another way; ClickHouseUnavailable and KafkaUnavailable if a server does not answer in time, or the
        topic was replaced.
        """
        if not assigned:
            return {}
        stored, recorded = await self._answer(self._stored, ClickHouseUnavailable)
        if not stored and not recorded and self._first_start is FirstStart.LATEST:
            await self._begin_at_the_end(assigned, commits, extent)
        committed, extents = await commits.read(assigned), await extent(assigned)
        await self._answer(self._topic_identity.confirm, KafkaUnavailable)  # after the reads: they were of this topic
        decisions = {
            partition: self._decision(
                partition,
                committed.get(partition),
                extents[partition],
                [epoch for epoch in stored if epoch.partition == partition],
                recorded.get(partition),
            )
            for partition in assigned
        }
        await self._record_first_starts(decisions)
        return {partition: decision.position for partition, decision in decisions.items()}

    def alarm(self, partition: int, lost: range) -> None:
        """Log and report offsets that were deleted before they were counted."""
        self._on_loss(len(lost))
        logger.error(
            "%s[%d]: offsets %d to %d were deleted from the log before they were counted; "
            "raise the topic's retention.ms",
            self._log.name,
            partition,
            lost.start,
            lost.stop - 1,
        )

    def _stored(self) -> tuple[Sequence[StoredEpoch], Mapping[int, CountingStart]]:
        """The log's epochs, and its recorded starts by partition."""
        return self._sink.stored_epochs(self._log.identity), self._sink.counting_starts(self._log.identity)

    async def _record_first_starts(self, decisions: Mapping[int, StartDecision]) -> None:
        starts = {
            partition: decision.first_start
            for partition, decision in decisions.items()
            if decision.first_start is not None
        }
        if starts:
            rows = counting_start_rows(self._log, starts, SystemClock().now())
            await self._answer(lambda: self._sink.write([rows]), ClickHouseUnavailable)

    def _decision(
        self,
        partition: int,
        commit: Commit | None,
        extent: range,
        stored: Sequence[StoredEpoch],
        recorded: CountingStart | None,
    ) -> StartDecision:
        stored_until = max((epoch.version for epoch in stored), default=0)
        if stored_until > extent.stop:
            raise self._lost_by_brokers(partition, extent, f"this database has counted it up to {stored_until}")
        decision = decide_start(
            self._log,
            partition,
            self._ruleset_version,
            commit=commit,
            log_start=extent.start,
            stored=stored,
            recorded=recorded,
        )
        begin = decision.position.count_from
        if begin > extent.stop:
            # Messages that come now would be taken for some that were there before counting began.
            raise self._lost_by_brokers(partition, extent, f"its counting is to begin at offset {begin}")
        if decision.lost:
            self.alarm(partition, decision.lost)
        return decision

    def _lost_by_brokers(self, partition: int, extent: range, known: str) -> ConflictError:
        return ConflictError(
            f"its log ends at offset {extent.stop}, but {known}",
            where=f"{self._log.name}[{partition}]",
            do="find out how the brokers lost messages that they had acknowledged, and count into another database",
        )

    async def _begin_at_the_end(self, assigned: Sequence[int], commits: Commits, extent: Extent) -> None:
        """Commit the log's ends as the first offsets of all partitions; a partition added later is then counted whole.

        The worker that has the first partition commits, and the others wait for its commit. The brokers take commits
        only from members of the current generation, so two workers never both decide. The seek timeout bounds the wait.
        """
        partitions = await commits.all_partitions()
        while not await commits.read(partitions):
            if min(partitions) in assigned:
                ends = {partition: offsets.stop for partition, offsets in (await extent(partitions)).items()}
                if await commits.begin_at(ends):
                    return
            await asyncio.sleep(_PAUSE_S)

    async def _answer(self, ask: Callable[[], _T], unavailable: type[StopError]) -> _T:
        """The result of `ask`, called in a thread; after a RetryableError again, as long as there is time.

        Raises `unavailable` when the time is up.
        """
        loop = asyncio.get_running_loop()
        give_up_s = loop.time() + _ANSWER_SHARE * self._timeout_s

        def pause_s(error: Exception) -> float | bool:
            if not isinstance(error, RetryableError) or loop.time() + error.retry_after_s > give_up_s:
                return False
            logger.warning("%s; asking again in %.0f s", error, error.retry_after_s)
            return error.retry_after_s

        try:
            return await stamina.AsyncRetryingCaller(attempts=None, timeout=None)(pause_s, asyncio.to_thread, ask)
        except RetryableError as error:
            raise unavailable(
                error.what, where=error.where, do="start the worker again once it answers; nothing is lost"
            ) from error
