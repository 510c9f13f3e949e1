"""The consumer group's commits, each with the note that says what it belongs to (`commit_note`).

Faust neither reads nor writes the metadata of a commit, so this speaks to aiokafka beside it, in the consumer's thread.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from gatemeter.metering.commit import Commit, note_of, read_commit
from gatemeter.metering.log import Log

logger = logging.getLogger(__name__)

_NO_LONGER_OURS = (CommitFailedError, IllegalStateError)


class GroupCommits:
    """`thread` is Faust's consumer thread, `log` the topic's present life; `last_read` is what `read` returned last."""

    def __init__(self, thread: Any, log: Log) -> None:
        self.last_read: Mapping[int, Commit] = {}
        self._thread = thread
        self._log = log

    async def read(self, partitions: Iterable[int]) -> Mapping[int, Commit]:
        """The commits of `partitions` in one request; those without one, or of another life, are left out."""
        wanted = [TopicPartition(self._log.name, partition) for partition in partitions]
        coordinator = self._consumer._coordinator  # noqa: SLF001 - as the stock consumer reaches it
        found: Mapping[Any, Any] = await self._thread.call_thread(coordinator.fetch_committed_offsets, wanted)
        commits = {
            tp.partition: read_commit(self._log.identity, entry.offset, entry.metadata) for tp, entry in found.items()
        }
        self.last_read = {partition: commit for partition, commit in commits.items() if commit is not None}
        return self.last_read

    async def write(self, offsets: Mapping[int, int]) -> bool:
        """Commit `offsets` of assigned partitions; False, and nothing lost, when the brokers did not take them."""
        return await self._write(offsets, note_of(self._log.identity))

    async def begin_at(self, offsets: Mapping[int, int]) -> bool:
        """Note for every partition of `offsets`, assigned or not, that the group counts from there on."""
        return await self._write(offsets, note_of(self._log.identity, is_beginning=True))

    async def all_partitions(self) -> list[int]:
        """The topic's partitions, as the brokers have told this consumer."""
        return sorted(self._consumer.partitions_for_topic(self._log.name) or ())

    @property
    def _consumer(self) -> Any:
        return self._thread._ensure_consumer()  # noqa: SLF001 - as the stock consumer reaches it

    async def _write(self, offsets: Mapping[int, int], note: str) -> bool:
        structs = {
            TopicPartition(self._log.name, partition): OffsetAndMetadata(offset, note)
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
