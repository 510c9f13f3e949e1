"""Which format a log is in, found by its first lines: each format recognizes its own, and nothing is guessed."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent
from gatemeter.formats import registry
from gatemeter.formats.format import JsonFormat, LineFormat
from gatemeter.formats.opening import EnvelopeOpener, line_in_envelopes
from gatemeter.formats.recognition import recognized_by
from gatemeter.wire.topics import MAX_EVENT_BYTES

MOST_LINES = 1_000
"""A program may write much else before its first request; lines further down are not looked at."""
_ENOUGH_LINES = 20


@dataclass(frozen=True, slots=True)
class Detection:
    """How many of the first lines each format recognizes: lines of JSON, and lines of other text, by its name.

    `either` has the formats of lines of JSON that may be of one or another of them.
    """

    json: Counter[str] = field(default_factory=Counter)
    text: Counter[str] = field(default_factory=Counter)
    either: Counter[str] = field(default_factory=Counter)

    @property
    def names(self) -> list[str]:
        """The formats that recognize lines, those with most of them first."""
        return [name for name, _ in (self.json + self.text + self.either).most_common()]

    @property
    def name(self) -> str | None:
        """The format of all lines, or None if there is not one.

        JSON formats may share a log, where each reads its own events: the one with most of them is named.
        """
        if len(self.names) == 1:
            return self.names[0]
        if self.text or self.either or not self.json:
            return None
        return self.names[0]

    @property
    def is_decided(self) -> bool:
        """Whether more lines would tell no more: JSON stands in logs of text too, but text in none of JSON."""
        return not self.text and (self.json + self.either).total() >= _ENOUGH_LINES


def detect(lines: Iterable[bytes]) -> Detection:
    """The formats of `lines`, of which the first `MOST_LINES` are looked at."""
    found, opener = Detection(), EnvelopeOpener(registry.json_formats(), _NO_FORMAT, None)
    text_formats = list(_text_formats())
    for line in islice(lines, MOST_LINES):
        if len(line) > MAX_EVENT_BYTES:
            continue
        if names := _json_formats_of(line, opener):
            (found.json if len(names) == 1 else found.either).update(names)
        else:
            found.text.update(each.name for each in text_formats if _is_line_of(line, each))
        if found.is_decided:
            break
    return found


def _text_formats() -> Iterator[LineFormat]:
    for each in registry.known_formats():
        text = each.text if isinstance(each, JsonFormat) else each
        if text is not None:
            yield text


def _json_formats_of(line: bytes, opener: EnvelopeOpener) -> list[str]:
    """The formats that the first event in a line of JSON may be of."""
    try:
        events = opener.events(line)
    except RejectedEvent:
        return []
    formats = registry.json_formats()
    found = ([each.name for each in recognized_by(event.value, formats)] for event in events)
    return next((names for names in found if names), [])


def _is_line_of(line: bytes, format_: LineFormat) -> bool:
    try:
        inside = line_in_envelopes(line, format_.recognizes)
    except RejectedEvent:
        return False
    return format_.recognizes(inside.text.removesuffix(b"\r"))


def _reject(*_: object) -> AccessEvent:
    raise RejectedEvent("unknown_format")


_NO_FORMAT = JsonFormat("", _reject, recognizes=lambda _: False)
