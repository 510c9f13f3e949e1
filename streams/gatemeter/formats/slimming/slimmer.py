"""Cuts lines to what metering reads, so that whoever reads them counts what the whole lines count."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent
from gatemeter.events.identity import IdentityKind, position_hash
from gatemeter.formats import registry
from gatemeter.formats.format import JsonFormat, LineFormat
from gatemeter.formats.reader import Reader
from gatemeter.formats.slimming.further_paths import FurtherPath, scalar
from gatemeter.lenient.carried_identity import carrying, line_carrying
from gatemeter.lenient.carried_mends import carried_mends, carrying_mends, mended_text
from gatemeter.lenient.event_text import EventDocument, text_identity
from gatemeter.lenient.paths import Path
from gatemeter.lenient.read_paths import Node, whole
from gatemeter.meters.meters import NO_METERS, Meters
from gatemeter.shipping.partition_key import partition_key
from gatemeter.shipping.slim_line import KeyedLine
from gatemeter.wire.slimmed import SlimmedBy


class _Reading(NamedTuple):
    """What an event reads as: an event of a format, or why it is rejected, and the fields that could not be used."""

    format_name: str
    event: AccessEvent | None
    why: tuple[str, str]
    ignored_fields: tuple[str, ...]


class Slimmer:
    """Cuts lines; `name` is what frames say of it (`wire.slimmed`); `rules` are those of counting.

    What `meters` read is kept, and in events of all formats all that stands at `kept_paths`. A line that cannot be read
    stays as it is, and so does one that would be read as something else.
    """

    def __init__(self, rules: str, meters: Meters = NO_METERS, kept_paths: Iterable[str] = ()) -> None:
        self._meters = meters
        self._kept_paths = sorted(set(kept_paths))
        self.name = str(SlimmedBy(rules, meters.version, ",".join(self._kept_paths)))
        fast_paths = {each.name: each.fast_path for each in registry.json_formats()}
        self._quick = {name: each.slimmer(self._further(name)) for name, each in fast_paths.items() if each is not None}
        self._readers = {name: registry.reader_of(name) for name in registry.format_names()}
        texts = ((each.name, each.text if isinstance(each, JsonFormat) else each) for each in registry.known_formats())
        self._lines = {name: each for name, each in texts if each is not None}
        self._nodes = {each.name: self._node(each) for each in registry.known_formats() if isinstance(each, JsonFormat)}

    def __call__(self, log_format: str, line: bytes, /) -> KeyedLine:
        """What is sent in place of `line`, which is one of `log_format`. Never raises."""
        quick = self._quick.get(log_format)
        slim = None if quick is None else quick(line)
        return slim or KeyedLine(self.text(log_format, line), partition_key(line))

    def text(self, log_format: str, line: bytes) -> bytes:
        """What is sent in place of `line`, of whatever shape it is."""
        reader = self._readers.get(log_format)
        if reader is None:
            return line
        try:
            return self._slim(reader, line, self._lines.get(log_format))
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the worker finds it too, and keeps the line with its reason
            return line

    def _node(self, format_: JsonFormat) -> Node | None:
        return None if format_.read_paths is None else format_.read_paths(self._further(format_.name))

    def _further(self, format_name: str) -> list[FurtherPath]:
        metered = (FurtherPath(Path.of(path), scalar) for path in self._meters.paths(format_name))
        kept = (FurtherPath(Path.of(path), whole) for path in self._kept_paths)
        return sorted((*metered, *kept), key=lambda each: len(each.path.steps), reverse=True)

    def _slim(self, reader: Reader, line: bytes, text_format: LineFormat | None) -> bytes:
        events = reader.events(line)
        readings = [_read(reader, event) for event in events]
        if all(reading.event is None for reading in readings):
            return line
        if text_format is not None and isinstance(events[0].value, bytes):
            slim = _cut_line(events[0], readings[0], text_format)
            return slim if _reads_as(reader, slim, readings) else line
        texts = [self._cut(event, reading) for event, reading in zip(events, readings, strict=True)]
        is_array = len(events) > 1 or events[0].line_text.lstrip()[:1] == b"["
        slim = b"[" + b",".join(texts) + b"]" if is_array else texts[0]
        return slim if _reads_as(reader, slim, readings) else line

    def _cut(self, event: EventDocument, reading: _Reading) -> bytes:
        """The text of an event without what is not read, and with its identity; as it is if it cannot be read."""
        node = self._nodes.get(reading.format_name)
        if node is None or reading.event is None or not isinstance(event.value, dict):
            return whole(event.text)
        mended = [*event.mended, *carried_mends(event.value)]
        text = node(mended_text(event.value) if event.mended else event.text) or event.text
        if mended:
            text = carrying_mends(text, mended)
        return carrying(text, _identity(event, reading.event))


def _cut_line(event: EventDocument, reading: _Reading, text_format: LineFormat) -> bytes:
    slim = text_format.slim(event.text.removesuffix(b"\r"))
    return slim if reading.event is None else line_carrying(slim, _identity(event, reading.event))


def _identity(event: EventDocument, read: AccessEvent) -> str:
    match read.identity:
        case IdentityKind.ID:
            return ""
        case IdentityKind.CONTENT:
            return text_identity(event.text)
        case _:
            return position_hash(event.text)


def _read(reader: Reader, event: EventDocument) -> _Reading:
    ignored_fields: list[str] = []
    name = reader.format_name(event) if isinstance(event.value, dict) else ""
    try:
        read = reader.read(event, ignored_fields)
    except RejectedEvent as rejected:
        return _Reading(name, None, (rejected.reason, rejected.detail), ())
    return _Reading(name, read, ("", ""), tuple(ignored_fields))


def _reads_as(reader: Reader, line: bytes, readings: Sequence[_Reading]) -> bool:
    """Whether `line` reads as `readings`: no rule about what is left out is trusted blindly."""
    events = reader.events(line)
    return len(events) == len(readings) and all(
        _read(reader, event) == reading for event, reading in zip(events, readings, strict=True)
    )
