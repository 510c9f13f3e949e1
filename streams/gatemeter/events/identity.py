"""How the copies of an event are known: by an id of the gateway, by where the event stood, or by its text."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

import xxhash

from gatemeter.events.rejected_text import EventPosition
from gatemeter.lenient.carried_identity import carried_identity
from gatemeter.wire.event_location import EventLocation
from gatemeter.wire.source_positions import SourcePosition, decode_positions, encode_positions


class IdentityKind(StrEnum):
    """What identifies an event. An id that clients can choose does not identify: whoever repeats it would pay once."""

    ID = "id"
    """An id that the gateway, or the trusted sender of a CloudEvent, gave it."""
    POSITION = "position"
    """Where it stood in its file or topic: two requests may read alike."""
    CONTENT = "content"
    """Its text, where no two events can read alike."""


@dataclass(frozen=True, slots=True)
class MessagePositions:
    """Where messages that are decoded together stand: at `offsets` in `partition` of `log`.

    `source_positions` are the values of the header `POSITIONS_HEADER`, None where a message has none; empty if none of
    them has. `times_ms` are the log's own stamps of the messages, empty where it keeps none. The first line of the
    messages is `first_line` of what stands there, its first event `first_event_index`. The headers begin with the line
    `first_told_line`.
    """

    log: str
    partition: int
    offsets: Sequence[int]
    source_positions: Sequence[str | None] = ()
    first_line: int = 1
    first_event_index: int = 0
    first_told_line: int = 1
    times_ms: Sequence[int | None] = ()
    _of_lines: dict[int, Sequence[SourcePosition]] = field(default_factory=dict, init=False)

    @classmethod
    def at(
        cls, location: EventLocation, line: int, source_positions: str | None = None, time_ms: int | None = None
    ) -> Self:
        """One message: what was cut out of the one at `location`, from `line` on; `source_positions` is its header."""
        return cls(
            location.log,
            location.partition,
            [location.offset],
            [source_positions],
            first_line=line,
            first_event_index=location.event_index,
            times_ms=[time_ms],
        )

    def of_message(self, value_index: int) -> Self:
        """Where one of the messages stands."""
        headers = self.source_positions[value_index : value_index + 1]
        return replace(
            self,
            offsets=self.offsets[value_index : value_index + 1],
            source_positions=headers,
            times_ms=self.times_ms[value_index : value_index + 1],
        )

    def time_ms(self, value_index: int) -> int | None:
        """When the log says that a message was written; None where it keeps no times."""
        return self.times_ms[value_index] if self.times_ms else None

    def identity(self, position: EventPosition, text: bytes) -> str:
        """The identity of the event `text` at `position`: where its line came from if that is told, else where it is.

        Whoever tells where lines came from may give two files one name; so the text is part of that identity, the whole
        one also where `text` was cut.
        """
        value_index, line, event_index = position
        if line == 1:
            event_index += self.first_event_index
        line += self.first_line - 1
        lines, told = self._lines_of(value_index), line - self.first_told_line
        if 0 <= told < len(lines):
            return f"position:{lines[told]}#{event_index}:{position_hash(text)}"
        return f"position:{self.log}/{self.partition}@{self.offsets[value_index]}+{line}#{event_index}"

    def told(self, value_index: int, line: int, lines: int) -> str:
        """The positions of so many lines from `line` on, as the header tells them; '' if it does not."""
        told = self._lines_of(value_index)[line - 1 : line - 1 + lines]
        return encode_positions(told).decode() if told else ""

    def _lines_of(self, value_index: int) -> Sequence[SourcePosition]:
        header = self.source_positions[value_index] if self.source_positions else None
        if header is None:
            return ()
        if value_index not in self._of_lines:
            self._of_lines[value_index] = decode_positions(header)
        return self._of_lines[value_index]


def position_hash(text: bytes) -> str:
    """What the text of an event adds to its place; text that was cut carries the hash of the whole."""
    return carried_identity(text) or xxhash.xxh3_64_hexdigest(text)
