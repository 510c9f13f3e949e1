"""What a format is: how to read an access event from the text that a gateway writes."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from gatemeter.events.access_event import AccessEvent, TimeRange
from gatemeter.events.batch import EventBatch
from gatemeter.events.masking import Kept
from gatemeter.events.rejected_text import EventPosition
from gatemeter.events.shapes import never
from gatemeter.formats.http_intake import TEXT_ONLY, HttpIntake
from gatemeter.formats.slimming.further_paths import FurtherPath
from gatemeter.lenient.read_paths import Members
from gatemeter.meters.meters import FormatMeters
from gatemeter.shipping.slim_line import KeyedLine


class FastPath(Protocol):
    """Decodes events of a JSON format's common shape in bulk, straight to columns, from messages that name the format.

    It must append what the format's `read` and `events.append` append, and refuse all that it cannot.
    """

    def decode_frame(self, frame: bytes) -> Sequence[Any]:
        """The events of an NDJSON frame. Raises MsgspecError, UnicodeDecodeError or RecursionError if one misfits."""

    def decode_line(self, line: bytes) -> Any:
        """The event of one line. Raises as `decode_frame` does."""

    def slimmer(self, further_paths: Sequence[FurtherPath]) -> Callable[[bytes], KeyedLine | None]:
        """Cuts a line of the common shape to what is read of it, and what stands at `further_paths`.

        It returns None for other lines, and for those that are not of the common shape once they are cut. It never
        raises.
        """

    def is_countable(self, event: Any, times: TimeRange) -> bool:
        """Whether `append` can count `event`; an event that it cannot count is read leniently."""

    def append(
        self,
        batch: EventBatch,
        events: Sequence[Any],
        times: TimeRange,
        texts: Sequence[bytes],
        positions: Sequence[EventPosition] | None,
        meters: FormatMeters | None,
    ) -> bool:
        """Append `events`; False, with nothing appended, if one of them is not countable.

        `texts` holds the text of each event, `positions` where each stood, None if no event refs are kept,
        `meters` those of the format, None if there are none.
        """


class Taken(NamedTuple):
    """For people: what of a log is taken for the consumer, the service and the route, in the names of its fields."""

    consumer: str = "-"
    service: str = "-"
    route: str = "-"


NOTHING_TAKEN = Taken()


def _whole_line(line: bytes) -> bytes:
    return line


@dataclass(frozen=True, slots=True)
class LineFormat:
    """A format whose events are lines of other text, one event a line.

    `read(line, ignored_fields)` reads a line without its newline; it raises RejectedEvent with the reason of the dead
    letter, and appends the paths of fields that it could not use to `ignored_fields`. A dead letter keeps nothing of a
    line in clear.

    With `needs_positions` some of its events are identified by where they stood, and whoever sends them says where.

    `recognizes` says whether a line is one of this format, and of no other one: by it the format of a file is found.

    `slim(line)` strikes out of a line that can be read what is not read: what a door sends of it, if something is to
    be left out. Anything may follow at its end.

    `http` says how it is posted, besides as text to the collector's `/ingest/NAME`.
    """

    name: str
    read: Callable[[bytes, list[str]], AccessEvent]
    recognizes: Callable[[bytes], bool] = lambda _: False
    slim: Callable[[bytes], bytes] = _whole_line
    needs_positions: bool = False
    http: HttpIntake = TEXT_ONLY
    taken: Taken = NOTHING_TAKEN


def _itself(document: Any) -> Mapping[str, Any]:
    members: Mapping[str, Any] = document
    return members


@dataclass(frozen=True, slots=True)
class JsonFormat:
    """A format whose events are JSON objects: one a line, or several in an array.

    `name` is the value of the message header and of `--format`, which knows the `alias` too.
    `read(document, text, ignored_fields)` reads the event in `document`, an object with members that was parsed from
    `text` with exact numbers (`lenient.document`). It raises RejectedEvent with the reason of the dead letter, and
    appends the paths of fields that it could not use to `ignored_fields`.

    `text` reads lines of text that the same program writes, where a message's header or `--format` names this format.

    `needs_positions` is as for `LineFormat`.

    `read_paths(further)` is what a door leaves of an event, or of each part of a document: all that `read`,
    `recognizes` and `parts` look at, and what stands at the paths `further`. None: all of it.

    `kept` lists what a dead letter keeps of such an event, no more than `read` reads; nothing by default.

    Events of all JSON formats may stand in one log: `recognizes` says whether a JSON value looks like an event of this
    format, and of no other one. What no format recognizes is read by the format that the message's header names, if
    only to say why it is not an event.

    Messages that name a format with `reads_all` hold no events of others: it recognizes nothing, and reads everything.

    `parts(document)` are the events that a document holds, if it may hold several; None if it is an event itself. Each
    is written as JSON of its own, by which it is known and kept, so it must read as the same event by itself.

    `members(document)` is where the paths of meters begin; by default it is the event itself.

    `line_within(document)` is the line of a file that an event carries, which is then the event if any format
    recognizes it; None if it carries none.

    With `may_lack_time` an event with its marker may tell no time, and is of the time of its Kafka message.

    `marker` is found in lines that hold an event, and not in what else programs write to their log. Files are known by
    their lines up to the first with a marker, so it must never come to match less, nor more.

    `http` is as for `LineFormat`.
    """

    name: str
    read: Callable[[Any, bytes, list[str]], AccessEvent]
    recognizes: Callable[[object], bool]
    read_paths: Callable[[Sequence[FurtherPath]], Members] | None = None
    kept: Kept = never
    needs_positions: bool = False
    fast_path: FastPath | None = None
    parts: Callable[[Any], list[Any] | None] | None = None
    line_within: Callable[[Any], str | None] | None = None
    members: Callable[[Any], Mapping[str, Any]] = _itself
    reads_all: bool = False
    may_lack_time: bool = False
    marker: re.Pattern[bytes] | None = None
    text: LineFormat | None = None
    http: HttpIntake = TEXT_ONLY
    taken: Taken = NOTHING_TAKEN
    alias: str = ""


Format = JsonFormat | LineFormat
