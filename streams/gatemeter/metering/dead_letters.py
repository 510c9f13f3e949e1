"""The stored rows of dead letters: those that an epoch has not written yet, and the rows that delete some."""

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from gatemeter.events.identity import MessagePositions
from gatemeter.events.rejection import Rejection
from gatemeter.formats.registry import shown_name
from gatemeter.metering.log import Log, LogChunk
from gatemeter.metering.originals import NOT_KEPT, OriginalKeys, SealedOriginal
from gatemeter.schema import DEAD_LETTERS, TableRows
from gatemeter.wire.event_location import EventLocation

DeadLetterValues = tuple[Any, ...]
"""The values of a row of `DEAD_LETTERS` in order."""

_ROW_BYTES = 512
"""About what a row of usage takes in memory."""

_NO_EPOCH = -1
"""The `epoch_first_offset` of a row that no epoch wrote."""

_NO_MEASURES = ("", None, "", "", "", b"", 0, 0, "", *NOT_KEPT)

_RAW, _ORIGINAL = (DEAD_LETTERS.column_names.index(name) for name in ("raw", "original"))
_LOCATION = slice(0, DEAD_LETTERS.column_names.index("epoch_first_offset"))


class DeadLetterBuffer:
    """The rows of one epoch that have not been written yet.

    `weight` is their number, a long dead letter counted as so many rows of usage as take its memory. `keys` encrypt
    the originals; without any no original is kept.
    """

    def __init__(self, log: Log, partition: int, epoch_first_offset: int, keys: OriginalKeys | None) -> None:
        self.weight = 0
        self._keys = keys
        self._log = log
        self._partition = partition
        self._epoch_first_offset = epoch_first_offset
        self._rows: list[DeadLetterValues] = []

    def add(self, rejections: Sequence[Rejection], chunk: LogChunk) -> None:
        """Keep what was rejected of `chunk`."""
        positions = chunk.positions(self._log, self._partition)
        for row in (self._row(rejection, chunk, positions) for rejection in rejections):
            self._rows.append(row)
            self.weight += 1 + (len(row[_RAW]) + len(row[_ORIGINAL])) // _ROW_BYTES

    def delete_line(self, offset: int) -> None:
        """Delete the stored dead letter of a file's line, unless the line was rejected again since `take`."""
        location = self._log.event_location(self._partition, offset, 1, 0)
        if not any(row[_LOCATION] == astuple(location) for row in self._rows):
            self._rows.append(_deleting_row(location, self._epoch_first_offset))

    def take(self) -> TableRows:
        """The rows that were added since the last call."""
        rows, self._rows = self._rows, []
        self.weight = 0
        return _table_rows(rows)

    def _row(self, rejection: Rejection, chunk: LogChunk, positions: MessagePositions) -> DeadLetterValues:
        offset = chunk.offsets[rejection.value_index]
        location = self._log.event_location(self._partition, offset, rejection.line, rejection.event_index)
        return (
            *_key(location, self._epoch_first_offset, version=offset + 1, is_deleted=0),
            self._log.name,
            None if chunk.times_ms is None else chunk.times_ms[rejection.value_index],
            shown_name(chunk.log_format),
            rejection.reason,
            rejection.detail,
            rejection.raw,
            rejection.raw_size_bytes,
            int(rejection.is_masked),
            told_positions(rejection, positions),
            *self._sealed(rejection, location),
        )

    def _sealed(self, rejection: Rejection, location: EventLocation) -> SealedOriginal:
        if self._keys is None or not rejection.original:
            return NOT_KEPT
        return self._keys.seal(rejection.original, location)


def told_positions(rejection: Rejection, positions: MessagePositions) -> str:
    """What is stored of where the lines of a rejected text stood; '' where their sender did not tell."""
    lines = (rejection.original or rejection.raw).count(b"\n") + 1
    return positions.told(rejection.value_index, rejection.line, lines)


def deleting_rows(locations: Sequence[EventLocation]) -> TableRows:
    """The rows that delete the dead letters at `locations`, though a recount writes these again later."""
    return _table_rows([_deleting_row(location, _NO_EPOCH) for location in locations])


def _deleting_row(location: EventLocation, epoch_first_offset: int) -> DeadLetterValues:
    return (*_key(location, epoch_first_offset, version=location.offset + 2, is_deleted=1), *_NO_MEASURES)


def _key(location: EventLocation, epoch_first_offset: int, *, version: int, is_deleted: int) -> DeadLetterValues:
    # The version depends on the location alone, so a recount writes the same row.
    return (*astuple(location), epoch_first_offset, version, is_deleted)


def _table_rows(rows: Sequence[DeadLetterValues]) -> TableRows:
    return TableRows(DEAD_LETTERS, [list(column) for column in zip(*rows, strict=True)] or _NO_ROWS)


_NO_ROWS: list[list[object]] = [[] for _ in DEAD_LETTERS.columns]
