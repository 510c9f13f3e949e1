"""JSON that carries a line or an event: objects of Docker, Fluent Bit, Filebeat, Vector, Kong's own recipe; strings.

Whether an object is an event itself must be known before: one that is must never be opened, because a client chooses
some of the texts in it.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from gatemeter.envelopes.opened import PARTIAL_LINE, PIECE, Opened
from gatemeter.errors import RejectedEvent

ONE_ELEMENT = "one element"
"""The whole event under one name, beside what an operator added or forgot, by Kong's own recipe:
https://developer.konghq.com/support/how-to-modify-the-logging-plugins-output-format/."""

JSON_TEXT = "JSON text"
"""The line as a JSON string, as OpenTelemetry collectors write it to Kafka (encoding raw, of a body that is text):
https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/kafkaexporter#supported-encodings."""

_BYTE = range(256)
_TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "object": (dict,),
    "moment": (str, int, Decimal),
}


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of envelope; `envelopes.toml` says what the fields mean."""

    name: str
    source: str
    content: str
    required: Mapping[str, str] = field(default_factory=dict)
    one_of: Mapping[str, str] = field(default_factory=dict)
    further: list[str] | None = None
    partial: Mapping[str, str] = field(default_factory=dict)
    ends_with_newline: bool = False
    or_bytes: bool = False

    def fits(self, document: Mapping[str, Any]) -> bool:
        content = document.get(self.content)
        if not (isinstance(content, str | dict) or (self.or_bytes and _are_bytes(content))):
            return False
        if not all(_has(document, name, kind) for name, kind in self.required.items()):
            return False
        if self.further is not None and not document.keys() <= {self.content, *self.required, *self.further}:
            return False
        return not self.one_of or any(_has(document, name, kind) for name, kind in self.one_of.items())

    def is_piece(self, document: Mapping[str, Any]) -> bool:
        """Whether `document`, which fits, says that its content is a piece of a line."""
        return any(document.get(name) == value for name, value in self.partial.items())


def open_object(document: Mapping[str, Any], is_event: Callable[[Any], bool]) -> Opened | None:
    """What `document`, which is not an event, carries; None if it is not an envelope.

    An object of no kind is one if a single member of it `is_event`. Raises RejectedEvent (partial_line) if the envelope
    says that it carries a piece of a line.
    """
    kind = next((kind for kind in _kinds() if kind.fits(document)), None)
    if kind is None:
        return _only_event(document, is_event)
    if kind.is_piece(document):
        raise RejectedEvent(PARTIAL_LINE, PIECE)
    content = document[kind.content]
    if isinstance(content, list):
        return Opened(kind.name, bytes(content).rstrip(b"\r\n"), kind.content)
    if not isinstance(content, str):
        return Opened(kind.name, content, kind.content)
    is_ended = content.endswith("\n") or not kind.ends_with_newline
    return Opened(kind.name, _as_line(content), kind.content, is_ended)


def open_text(text: str) -> Opened:
    """The line that a JSON string holds."""
    return Opened(JSON_TEXT, _as_line(text))


def _only_event(document: Mapping[str, Any], is_event: Callable[[Any], bool]) -> Opened | None:
    events = [(name, value) for name, value in document.items() if isinstance(value, dict) and is_event(value)]
    if len(events) != 1:
        return None
    ((name, event),) = events
    return Opened(ONE_ELEMENT, event, name)


@cache
def _kinds() -> tuple[_Kind, ...]:
    text = files(__package__).joinpath("envelopes.toml").read_text(encoding="utf-8")
    return tuple(_Kind(**each) for each in tomllib.loads(text)["kind"])


def _has(document: Mapping[str, Any], name: str, kind: str) -> bool:
    value = document.get(name)
    return isinstance(value, _TYPES[kind]) and not isinstance(value, bool)


def _are_bytes(content: object) -> bool:
    return isinstance(content, list) and bool(content) and all(type(each) is int and each in _BYTE for each in content)


def _as_line(text: str) -> bytes:
    # Half of a surrogate pair becomes the escape that JSON has for it.
    return text.encode("utf-8", "backslashreplace").rstrip(b"\r\n")
