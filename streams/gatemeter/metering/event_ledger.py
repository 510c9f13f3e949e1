"""The rows of the event ledger: one for every event that could be read, at its place in the log."""

from gatemeter.events.batch import EventRef, IdentifiedEvents
from gatemeter.metering.deduplication import hashed
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.schema import EVENT_LEDGER, TableRows
from gatemeter.schema.bookkeeping import DUPLICATE
from gatemeter.wire.event_location import EventLocation

EventRow = tuple[int, str, int, int, int, int, int, int, str, int, str, str]
"""Values of `EVENT_LEDGER` in order."""


class EventLedgerBuffer:
    """Those of one epoch that have not been written yet. Without marks there are none."""

    def __init__(self, log: Log, partition: int, epoch_first_offset: int) -> None:
        self._log = log
        self._partition = partition
        self._epoch_first_offset = epoch_first_offset
        self._rows: list[EventRow] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, events: IdentifiedEvents, fresh: list[int] | None, outcome: str, chunk: LogChunk) -> None:
        """Keep the events of `chunk`: `outcome` is that of those at the positions `fresh` (None: of all)."""
        if not events.event_refs:
            return
        outcomes = [outcome if fresh is None else DUPLICATE] * len(events.event_ids)
        for position in fresh or ():
            outcomes[position] = outcome
        rows = zip(hashed(events.identities), events.event_refs, outcomes, strict=True)
        self._rows += [self._row(id_hash, mark, became, chunk) for id_hash, mark, became in rows]

    def take(self) -> TableRows:
        """The rows that were added since the last call."""
        rows, self._rows = self._rows, []
        return TableRows(EVENT_LEDGER, [list(column) for column in zip(*rows, strict=True)] or _NO_ROWS)

    def _row(self, id_hash: int, mark: EventRef, outcome: str, chunk: LogChunk) -> EventRow:
        offset = chunk.offsets[mark.value_index]
        return (
            id_hash,
            self._log.identity,
            self._partition,
            offset,
            offset + 1 if self._log.kind is LogKind.FILE else mark.line,
            mark.event_index,
            self._epoch_first_offset,
            offset + 1,
            self._log.name,
            mark.time_ms,
            mark.consumer_id,
            outcome,
        )


_NO_ROWS: list[list[object]] = [[] for _ in EVENT_LEDGER.columns]


def at_dead_letter(rows: TableRows, letter: EventLocation) -> TableRows:
    """Rows of events that were decoded from the text of a dead letter, at their places in the letter's own log.

    Lines and indexes within the letter are counted on from those of the letter.
    """
    columns = dict(zip(EVENT_LEDGER.column_names, rows.columns, strict=True))
    columns |= {
        "log": [letter.log] * rows.row_count,
        "partition": [letter.partition] * rows.row_count,
        "offset": [letter.offset] * rows.row_count,
        "line": [letter.line + line - 1 for line in columns["line"]],
        "event_index": [letter.event_index + index for index in columns["event_index"]],
        "version": [letter.offset + 1] * rows.row_count,
    }
    return TableRows(EVENT_LEDGER, list(columns.values()))
