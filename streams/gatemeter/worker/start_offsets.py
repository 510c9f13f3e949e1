"""Decides after an assignment where counting begins, from what the group has committed, the log holds and is stored."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from gatemeter.errors import ClickHouseUnavailable, ConflictError, KafkaUnavailable, RetryableError, StopError
from gatemeter.metering.commit import Commit
from gatemeter.metering.log import Log
from gatemeter.metering.partition import StartPosition
from gatemeter.metering.sink import Sink, StoredEpoch
from gatemeter.metering.start_position import decide_start
from gatemeter.worker.settings import FirstStart
from gatemeter.worker.topic_identity import TopicIdentity

logger = logging.getLogger(__name__)

_SHARE_FOR_THE_LEDGER = 0.8
_PAUSE_S = 0.5

_T = TypeVar("_T")

Extent = Callable[[Iterable[int]], Awaitable[Mapping[int, range]]]
"""Answers which offsets the log of each partition holds."""


class Commits(Protocol):
    """The group's commits (`group_commits`)."""

    async def read(self, partitions: Iterable[int]) -> Mapping[int, Commit]:
        """Those of `partitions`."""

    async def begin_at(self, offsets: Mapping[int, int]) -> bool:
        """Note where the group begins; False if that was refused."""

    async def all_partitions(self) -> Sequence[int]:
        """The topic's partitions."""


class StartOffsets:
    """One per worker. `first_start` is where a group begins that has neither committed nor stored anything."""

    def __init__(
        self,
        log: Log,
        rules: str,
        sink: Sink,
        *,
        first_start: FirstStart,
        timeout_s: float,
        life: TopicIdentity,
        on_loss: Callable[[int], None],
    ) -> None:
        self._log = log
        self._rules = rules
        self._sink = sink
        self._first_start = first_start
        self._timeout_s = timeout_s
        self._life = life
        self._on_loss = on_loss

    async def decide(self, assigned: Sequence[int], commits: Commits, extent: Extent) -> dict[int, StartPosition]:
        """The start of each assigned partition; what the log has lost before it was counted is alarmed.

        Raises ConflictError, ClickHouseUnavailable and KafkaUnavailable.
        """
        if not assigned:
            return {}
        stored = await self._patiently(lambda: self._sink.stored_epochs(self._log.identity), ClickHouseUnavailable)
        if not stored and self._first_start is FirstStart.LATEST:
            await self._begin_at_the_end(assigned, commits, extent)
        committed, extents = await commits.read(assigned), await extent(assigned)
        await self._patiently(self._life.confirm, KafkaUnavailable)  # so what was read just now is of this life
        return {
            partition: self._start(
                partition,
                committed.get(partition),
                extents[partition],
                [epoch for epoch in stored if epoch.partition == partition],
            )
            for partition in assigned
        }

    def alarm(self, partition: int, lost: range) -> None:
        """Say which offsets nobody can count any more."""
        self._on_loss(len(lost))
        logger.error(
            "%s[%d]: offsets %d to %d were deleted from the log before they were counted; "
            "raise the topic's retention.ms",
            self._log.name,
            partition,
            lost.start,
            lost.stop - 1,
        )

    def _start(
        self, partition: int, commit: Commit | None, extent: range, stored: Sequence[StoredEpoch]
    ) -> StartPosition:
        stored_until = max((epoch.version for epoch in stored), default=0)
        if stored_until > extent.stop:
            raise ConflictError(
                f"its log ends at offset {extent.stop}, but this database has counted it up to {stored_until}",
                where=f"{self._log.name}[{partition}]",
                do="find out how the brokers lost messages that they had acknowledged, and count into another database",
            )
        decision = decide_start(self._log, partition, self._rules, commit=commit, log_start=extent.start, stored=stored)
        if decision.lost:
            self.alarm(partition, decision.lost)
        return decision.position

    async def _begin_at_the_end(self, assigned: Sequence[int], commits: Commits, extent: Extent) -> None:
        """At the group's very first start: for all partitions at once, so that one which is added later counts whole.

        Whoever has the first partition chooses, and the others wait for that. The brokers take a commit from members of
        the present generation only, so no two workers ever choose. If it takes too long, the seek ends the process.
        """
        partitions = await commits.all_partitions()
        while not await commits.read(partitions):
            if min(partitions) in assigned:
                ends = {partition: offsets.stop for partition, offsets in (await extent(partitions)).items()}
                if await commits.begin_at(ends):
                    return
            await asyncio.sleep(_PAUSE_S)

    async def _patiently(self, ask: Callable[[], _T], gave_up: type[StopError]) -> _T:
        """The answer of a server; asked in a thread, and again as long as there is time. Raises `gave_up` then."""
        loop = asyncio.get_running_loop()
        give_up_s = loop.time() + _SHARE_FOR_THE_LEDGER * self._timeout_s
        while True:
            try:
                return await asyncio.to_thread(ask)
            except RetryableError as error:
                if loop.time() + error.retry_after_s > give_up_s:
                    raise gave_up(
                        error.what, where=error.where, do="start the worker again once it answers; nothing is lost"
                    ) from error
                logger.warning("%s; asking again in %.0f s", error, error.retry_after_s)
                await asyncio.sleep(error.retry_after_s)
