"""What counting needs of a sink: durable, idempotent writes of whole rows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from gatemeter.errors import StopError
from gatemeter.metering.counting_start import CountingStart
from gatemeter.metering.counts import EventCounts
from gatemeter.schema import TABLES, TableRows

_REPORT = "please report this"


@dataclass(frozen=True, slots=True)
class StoredEpoch:
    """What the ledger knows of one epoch of a partition: offsets `first_offset` up to, not including, `version`.

    For an epoch in several segments there is one of these for each segment. `has_events` says that the event ledger was
    given all its events.
    """

    partition: int
    first_offset: int
    version: int
    epoch_size: int
    content_hash: str
    unterminated_line: int
    ruleset_version: str
    counts: EventCounts
    has_events: bool = False


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

    def counting_starts(self, log: str) -> Mapping[int, CountingStart]:
        """The recorded starts of `log` by partition. Raises as `write` does."""

    def close(self) -> None:
        """Release connections; idempotent."""


def in_writing_order(batches: Iterable[TableRows]) -> list[TableRows]:
    """All rows of `batches`: one entry for each table, in the order in which tables are written."""
    by_table: dict[str, list[TableRows]] = defaultdict(list)
    for rows in batches:
        by_table[rows.table.name].append(rows)
    unknown = by_table.keys() - {table.name for table in TABLES}
    if unknown:
        raise StopError(f"rows of {', '.join(sorted(unknown))} have no place in the order of writing", do=_REPORT)
    return [_concatenated(by_table[table.name]) for table in TABLES if table.name in by_table]


def _concatenated(batches: Sequence[TableRows]) -> TableRows:
    if len(batches) == 1:
        return batches[0]
    columns = zip(*(rows.columns for rows in batches), strict=True)
    return TableRows(batches[0].table, [list(chain.from_iterable(column)) for column in columns])
