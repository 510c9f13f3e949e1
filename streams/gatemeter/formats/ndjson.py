"""Messages of JSON events into an `EventBatch`: the common shape in bulk, everything else event by event.

What a message decodes to depends on its bytes alone, never on the messages beside it, so a replay with other batch
boundaries counts the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np

from gatemeter.envelopes.prefixes import without_schema_header
from gatemeter.events.access_event import TimeRange
from gatemeter.events.batch import EventBatch
from gatemeter.events.identity import MessagePositions
from gatemeter.events.rejected_text import EventPosition
from gatemeter.formats.format import FastPath
from gatemeter.formats.lines import Line, LineDecoder
from gatemeter.formats.opening import is_registered_document
from gatemeter.meters.meters import FormatMeters
from gatemeter.wire.topics import MAX_EVENT_BYTES

_NEWLINE, _RETURN, _OPENING, _CLOSING = b"\n\r{}"
_MISFIT = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class FrameDecoder:
    """Decodes messages whose values are NDJSON, one JSON object, or a JSON array of objects.

    Events that `fast_path` can decode take it, all others go to `line_decoder`. With `keeps_event_refs` it adds a ref
    of every readable event, with `meters` their rows; `line_decoder` must do the same.
    """

    def __init__(
        self,
        line_decoder: LineDecoder,
        fast_path: FastPath,
        times: TimeRange,
        *,
        keeps_event_refs: bool = False,
        meters: FormatMeters | None = None,
    ) -> None:
        self._line_decoder = line_decoder
        self._fast_path = fast_path
        self._times = times
        self._keeps_event_refs = keeps_event_refs
        self._meters = meters

    def decode(self, values: Sequence[bytes], batch: EventBatch, positions: MessagePositions) -> None:
        """Append all events of `values` to `batch`; an event that cannot be counted becomes a rejection there."""
        lines: list[Line] = []
        for value_index, value in enumerate(values):
            if b"\n" not in value or is_registered_document(value):
                lines.append(Line(value_index, 1, value))
                continue
            if lines:
                self._append_lines(lines, batch, positions)
                lines = []
            if not self._line_decoder.reject_excess(value_index, value, batch):
                self._append_message(value_index, value, batch, positions)
        if lines:
            self._append_lines(lines, batch, positions)

    def _append_message(self, value_index: int, value: bytes, batch: EventBatch, positions: MessagePositions) -> None:
        if not self._append_frame(value_index, value, batch):
            self._append_lines_within(value_index, value, batch, positions)

    def _append_frame(self, value_index: int, value: bytes, batch: EventBatch) -> bool:
        """A frame whose lines are all of the common shape; False, and nothing appended, for any other."""
        if len(value) > MAX_EVENT_BYTES:
            return False
        try:
            events = self._fast_path.decode_frame(value)
            _check_text(value)
        except _MISFIT:
            return False
        # The decoder reads object after object wherever a line ends; only line for line is it the frame's meaning.
        if len(events) != _lines_of_objects(value):
            return False
        positions = (
            [(value_index, number, 0) for number in range(1, len(events) + 1)] if self._keeps_event_refs else None
        )
        return self._fast_path.append(batch, events, self._times, _LinesOf(value), positions, self._meters)

    def _append_lines(self, lines: Iterable[Line], batch: EventBatch, positions: MessagePositions) -> None:
        """Lines of any shape, each a message: runs of the common shape together, each other line by itself."""
        run = self._new_run()
        for line in lines:
            if not run.take(line):
                run.append_to(batch)
                self._line_decoder.append_line(line, batch, positions)
        run.append_to(batch)

    def _append_lines_within(
        self, value_index: int, value: bytes, batch: EventBatch, positions: MessagePositions
    ) -> None:
        """The lines of one message. Once its budget is spent all from the next odd line on are rejected."""
        run = self._new_run()
        budget, lines = self._line_decoder.new_budget(), self._line_decoder.lines(value_index, value)
        for line in lines:
            if run.take(line):
                continue
            run.append_to(batch)
            if budget is not None and budget.is_spent:
                self._line_decoder.reject_from(line, lines, batch)
                break
            self._line_decoder.append_line(line, batch, positions, budget)
        run.append_to(batch)

    def _new_run(self) -> "_Run":
        return _Run(self._fast_path, self._times, self._meters, keeps_event_refs=self._keeps_event_refs)


class _Run:
    """Consecutive lines of the common shape."""

    def __init__(
        self, fast_path: FastPath, times: TimeRange, meters: FormatMeters | None, *, keeps_event_refs: bool
    ) -> None:
        self._meters = meters
        self._fast_path = fast_path
        self._times = times
        self._events: list[Any] = []
        self._texts: list[bytes] = []
        self._positions: list[EventPosition] | None = [] if keeps_event_refs else None

    def take(self, line: Line) -> bool:
        """Add `line`; False, and nothing added, if it is not of the common shape."""
        if len(line.text) > MAX_EVENT_BYTES:
            return False
        text = without_schema_header(line.text)
        try:
            event = self._fast_path.decode_line(text)
            _check_text(text)
        except _MISFIT:
            return False
        if not self._fast_path.is_countable(event, self._times):
            return False
        self._events.append(event)
        self._texts.append(text)
        if self._positions is not None:
            self._positions.append((line.value_index, line.number, 0))
        return True

    def append_to(self, batch: EventBatch) -> None:
        """Append what was taken to `batch`, and begin anew."""
        self._fast_path.append(batch, self._events, self._times, self._texts, self._positions, self._meters)
        self._events.clear()
        self._texts.clear()
        if self._positions is not None:
            self._positions.clear()


def is_common(fast_path: FastPath, line: bytes, times: TimeRange) -> bool:
    """Whether `line` is one event that `fast_path` can count."""
    return _Run(fast_path, times, None, keeps_event_refs=False).take(Line(0, 1, line))


class _LinesOf(Sequence[bytes]):
    """The lines of a frame, which is split when the first line is asked for: for most frames never."""

    def __init__(self, frame: bytes) -> None:
        self._frame = frame
        self._lines: list[bytes] = []

    def __len__(self) -> int:
        return len(self._split())

    def __getitem__(self, index: Any) -> Any:
        return self._split()[index]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._split())

    def _split(self) -> list[bytes]:
        if not self._lines:
            self._lines = self._frame.split(b"\n")
        return self._lines


def _lines_of_objects(value: bytes) -> int:
    """How many lines `value` has if an object ends before and begins after each newline, else -1."""
    text = np.frombuffer(value, np.uint8)
    text = text[:-1] if value.endswith(b"\n") else text
    newlines = np.flatnonzero(text == _NEWLINE)
    if len(newlines) and (newlines[0] < 2 or newlines[-1] + 1 == len(text)):
        return -1
    ends = np.where(text[newlines - 1] == _RETURN, text[newlines - 2], text[newlines - 1])
    whole = bool((ends == _CLOSING).all() and (text[newlines + 1] == _OPENING).all())
    return len(newlines) + 1 if whole else -1


def _check_text(value: bytes) -> None:
    """Raises UnicodeDecodeError: the decoder skips unread fields without looking at their text."""
    if not value.isascii():
        value.decode("utf-8")
