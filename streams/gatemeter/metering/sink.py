"""What counting needs of a sink: durable, idempotent writes of whole rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gatemeter.metering.counts import EventCounts
from gatemeter.schema import TableRows


@dataclass(frozen=True, slots=True)
class StoredEpoch:
    """What the ledger knows of one epoch of a partition: offsets `first_offset` up to, not including, `version`.

    For an epoch in several segments there is one of these for each segment.
    """

    partition: int
    first_offset: int
    version: int
    epoch_size: int
    content_hash: str
    unterminated_line: int
    ruleset_version: str
    counts: EventCounts


class Sink(Protocol):
    """Where rows go. Implementations are safe to call from any one thread at a time."""

    def write(self, batch: Sequence[TableRows]) -> None:
        """Store all rows of `batch`, table by table in the order given.

        On return every row is durable. Writing the same rows again changes nothing that a reader sees. Raises
        RetryableError when the same call may succeed later, StopError when only a person can help; after either,
        any part of the batch may have been stored and the whole batch must be written again.
        """

    def stored_epochs(self, log: str) -> Sequence[StoredEpoch]:
        """The ledger's epochs of `log`, by partition and first offset. Raises as `write` does."""

    def close(self) -> None:
        """Release connections; idempotent."""
