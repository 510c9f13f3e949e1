"""The consumer group's commits, each with metadata that names the log it belongs to (`metering.commit`).

Faust neither reads nor writes commit metadata, so this calls aiokafka directly, in the consumer's thread.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from gatemeter.metering.commit import Commit, CommitMetadata, read_commit
from gatemeter.metering.log import Log

logger = logging.getLogger(__name__)

_NO_LONGER_OURS = (CommitFailedError, IllegalStateError)


class GroupCommits:
    """Reads and writes commits of `log`. `thread` is Faust's consumer thread; `last_read` the last result of `read`."""

    def __init__(self, thread: Any, log: Log) -> None:
        self.last_read: Mapping[int, Commit] = {}
        self._thread = thread
        self._log = log

    async def read(self, partitions: Iterable[int]) -> Mapping[int, Commit]:
        """The commits of `partitions`, in one request. A partition without a commit of this log is left out."""
        wanted = [TopicPartition(self._log.name, partition) for partition in partitions]
        coordinator = self._consumer._coordinator  # noqa: SLF001 - as the stock consumer reaches it
        found: Mapping[Any, Any] = await self._thread.call_thread(coordinator.fetch_committed_offsets, wanted)
        commits = {
            tp.partition: read_commit(self._log.identity, entry.offset, entry.metadata) for tp, entry in found.items()
        }
        self.last_read = {partition: commit for partition, commit in commits.items() if commit is not None}
        return self.last_read

    async def write(self, offsets: Mapping[int, int]) -> bool:
        """Commit `offsets` of assigned partitions; False, with nothing lost, if the brokers refused them."""
        return await self._write(offsets, CommitMetadata(self._log.identity))

    async def begin_at(self, offsets: Mapping[int, int]) -> bool:
        """Commit `offsets`, of assigned partitions or not, as the group's first ones; False if the brokers refused."""
        return await self._write(offsets, CommitMetadata(self._log.identity, is_beginning=True))

    async def all_partitions(self) -> list[int]:
        """The topic's partitions, as far as this consumer knows them."""
        return sorted(self._consumer.partitions_for_topic(self._log.name) or ())

    @property
    def _consumer(self) -> Any:
        return self._thread._ensure_consumer()  # noqa: SLF001 - as the stock consumer reaches it

    async def _write(self, offsets: Mapping[int, int], metadata: CommitMetadata) -> bool:
        structs = {
            TopicPartition(self._log.name, partition): OffsetAndMetadata(offset, str(metadata))
            for partition, offset in offsets.items()
        }
        try:
            await self._thread.call_thread(self._commit, structs)
        except _NO_LONGER_OURS as error:
            logger.info("nothing was committed, for the partitions are being assigned anew: %s", error)
            return False
        except KafkaError as error:
            logger.error("the brokers refused a commit, which will be tried again: %r", error)  # noqa: TRY400
            return False
        return True

    async def _commit(self, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        # Not through `consumer.commit`: that one refuses partitions which are another member's.
        subscription = self._consumer._subscription.subscription  # noqa: SLF001
        assignment = None if subscription is None else subscription.assignment
        if assignment is None:
            raise IllegalStateError("no partitions assigned")
        await self._consumer._coordinator.commit_offsets(assignment, dict(offsets))  # noqa: SLF001
