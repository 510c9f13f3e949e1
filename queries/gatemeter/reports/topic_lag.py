"""How far behind the end of the log counting is, partition by partition."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch

_MOST_PARTITIONS = 10_000


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """`messages` that are in the log and not stored yet; None where nothing is known of the partition's counting."""

    partition: int
    messages: int | None


class LogEnds(Protocol):
    """Where a log ends."""

    def end_offsets(self, partitions: Collection[int]) -> Mapping[int, int]:
        """The offset behind the last message of those of `partitions` that there are. Raises GatemeterError."""


@dataclass(frozen=True, slots=True)
class TopicLag:
    """The lag of one topic, by what is stored; a message that is counted and not written yet still waits.

    `log_id` is asked each time, for a topic may be created anew under its name.
    """

    topic: str
    log_id: Callable[[], str]
    ends: LogEnds

    def read(self, client: Client) -> Sequence[PartitionLag]:
        """The lag of each partition, by its number. Raises GatemeterError."""
        rows = fetch(client, "stored_offsets", {"log": self.log_id()})
        stored = {int(row["partition"]): int(row["next_offset"]) for row in rows}
        ends = self.ends.end_offsets(range(_MOST_PARTITIONS))
        return [
            PartitionLag(number, max(0, end - stored[number]) if number in stored else None if end else 0)
            for number, end in sorted(ends.items())
        ]
