"""The rows of the event ledger: one for every event that could be read, at its location in the log."""

from gatemeter.events.batch import EventRef, IdentifiedEvents
from gatemeter.metering.deduplication import hashed
from gatemeter.metering.log import Log, LogChunk
from gatemeter.schema import EVENT_LEDGER, TableRows
from gatemeter.schema.bookkeeping import DUPLICATE
from gatemeter.wire.event_location import EventLocation

EventRow = tuple[int, str, int, int, int, int, int, int, str, int, str, str]
"""The values of a row of `EVENT_LEDGER` in order."""


class EventLedgerBuffer:
    """The rows of one epoch that have not been written yet; none if the decoders keep no `EventRef`.

    `first_time_ms` is the earliest time of all events that were added, None before the first.
    """

    def __init__(self, log: Log, partition: int, epoch_first_offset: int) -> None:
        self._log = log
        self._has_line_offsets = log.kind.has_line_offsets
        self._partition = partition
        self._epoch_first_offset = epoch_first_offset
        self._rows: list[EventRow] = []
        self.first_time_ms: int | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def add(
        self,
        events: IdentifiedEvents,
        fresh: list[int] | None,
        outcome: str,
        chunk: LogChunk,
        *,
        is_stored: bool = False,
    ) -> None:
        """Keep the events of `chunk`: at the positions `fresh` (None: all) with `outcome`, the rest as duplicates.

        Of events whose rows are stored already only the time is kept: once a first copy is gone from the log, a
        later one would be written as what it was not.
        """
        if not events.event_refs:
            return
        first_ms = min(ref.time_ms for ref in events.event_refs)
        self.first_time_ms = first_ms if self.first_time_ms is None else min(self.first_time_ms, first_ms)
        if is_stored:
            return
        outcomes = [outcome if fresh is None else DUPLICATE] * len(events.event_ids)
        for position in fresh or ():
            outcomes[position] = outcome
        rows = zip(hashed(events.identities), events.event_refs, outcomes, strict=True)
        self._rows += [self._row(id_hash, ref, became, chunk) for id_hash, ref, became in rows]

    def take(self) -> TableRows:
        """The rows that were added since the last call."""
        rows, self._rows = self._rows, []
        return TableRows(EVENT_LEDGER, [list(column) for column in zip(*rows, strict=True)] or _NO_ROWS)

    def _row(self, id_hash: int, ref: EventRef, outcome: str, chunk: LogChunk) -> EventRow:
        offset = chunk.offsets[ref.value_index]
        return (
            id_hash,
            self._log.identity,
            self._partition,
            offset,
            offset + 1 if self._has_line_offsets else ref.line,
            ref.event_index,
            self._epoch_first_offset,
            offset + 1,
            self._log.name,
            ref.time_ms,
            ref.consumer_id,
            outcome,
        )


_NO_ROWS: list[list[object]] = [[] for _ in EVENT_LEDGER.columns]


def at_dead_letter(rows: TableRows, dead_letter: EventLocation) -> TableRows:
    """`rows` of events that were decoded from the text of a dead letter, moved to their locations in its log.

    Lines within the text are counted on from that of `dead_letter`, and so are indexes in the first of them.
    """
    columns = dict(zip(EVENT_LEDGER.column_names, rows.columns, strict=True))
    columns |= {
        "log": [dead_letter.log] * rows.row_count,
        "partition": [dead_letter.partition] * rows.row_count,
        "offset": [dead_letter.offset] * rows.row_count,
        "line": [dead_letter.line + line - 1 for line in columns["line"]],
        "event_index": [
            index + dead_letter.event_index if line == 1 else index
            for line, index in zip(columns["line"], columns["event_index"], strict=True)
        ],
        "version": [dead_letter.offset + 1] * rows.row_count,
    }
    return TableRows(EVENT_LEDGER, list(columns.values()))
