"""Cutting Kong events of the common shape quickly: each member is copied as it is written."""

from collections.abc import Callable, Iterable, Sequence
from keyword import iskeyword
from typing import Any

import msgspec

from gatemeter.events.access_event import TimeRange
from gatemeter.formats.kong.access_event import read_ai
from gatemeter.formats.kong.common_call import is_common_ai
from gatemeter.formats.kong.log_event import LogEvent, Response
from gatemeter.formats.kong.read_paths import AI, HEADERS
from gatemeter.formats.slimming.further_paths import FurtherPath, with_further
from gatemeter.lenient.carried_identity import carrying
from gatemeter.lenient.carried_mends import MEMBER as MENDED
from gatemeter.lenient.event_text import text_identity
from gatemeter.lenient.read_paths import Members, Node, value
from gatemeter.shipping.partition_key import partition_key
from gatemeter.shipping.slim_line import KeyedLine

_MISFIT = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_NONE = msgspec.Raw()
_encode = msgspec.json.Encoder().encode
_decode_slim = msgspec.json.Decoder(LogEvent).decode

_OBJECTS = {
    "request": ("id", "method", "size"),
    "response": ("status", "size", "headers"),
    "latencies": ("request", "proxy", "kong", "session"),
    "consumer": ("id", "username", "custom_id"),
    "authenticated_entity": ("id", "consumer_id"),
    "service": ("id", "name"),
    "route": ("id", "name"),
    "session": ("status", "received", "sent"),
    "upstream": ("received", "sent"),
}
_VALUES = ("started_at", "workspace", "source", "upstream_status", "ai", "tries", "workspaces")


class _Shape:
    """The members of an event that are copied; `further_paths` add to them, and `nodes` say how much of one is kept."""

    def __init__(self, further_paths: Sequence[FurtherPath]) -> None:
        self.objects: dict[str, dict[str, None]] = {name: dict.fromkeys(members) for name, members in _OBJECTS.items()}
        self.values: dict[str, None] = dict.fromkeys(_VALUES)
        self.nodes: dict[tuple[str, str], Node] = {}
        self.is_common = True
        for name, node in with_further(None, further_paths).named.items():
            self._keep(name, node)

    def decoder(self) -> Callable[[bytes], Any]:
        """Decodes a line into a struct of structs, whose fields hold the text of members."""
        objects = [(name, _object(name, members) | None, None) for name, members in self.objects.items()]
        values = [(name, msgspec.Raw, _NONE) for name in self.values]
        mended = (MENDED, None, None)  # an event that was cut before and carries what was mended in it misfits
        return msgspec.json.Decoder(_struct([*objects, *values, mended])).decode

    def cut(self, event: Any) -> None:
        """Leave of further members what is asked for."""
        for (parent, name), node in self.nodes.items():
            holder = getattr(event, parent) if parent else event
            if holder is not None and (raw := bytes(getattr(holder, _field(name)))):
                setattr(holder, _field(name), msgspec.Raw(node(raw) or b"null"))

    def _keep(self, name: str, node: Node) -> None:
        if name in self.objects and isinstance(node, Members):
            further = {member: each for member, each in node.named.items() if self._is_further(name, member)}
            self.objects[name].update(dict.fromkeys(further))
            self.nodes.update({(name, member): each for member, each in further.items()})
        elif name in self.objects or name in _CUT or (name in _VALUES and isinstance(node, Members)):
            self.is_common = False
        else:
            self.values[name] = None
            self.nodes["", name] = node

    def _is_further(self, parent: str, name: str) -> bool:
        return name not in self.objects[parent] or (parent, name) == _HEADERS


_CUT = ("ai", "tries", "workspaces")
_HEADERS = ("response", "headers")
_TEXTS = {("consumer", "id"), ("authenticated_entity", "id"), ("authenticated_entity", "consumer_id")}
"""Decoded, to know whether they name somebody; all else is copied as it is written."""


def _object(parent: str, names: Iterable[str]) -> Any:
    return _struct(
        [(name, str | None, None) if (parent, name) in _TEXTS else (name, msgspec.Raw, _NONE) for name in names]
    )


def _struct(members: Sequence[tuple[str, Any, Any]]) -> Any:
    """A struct with a field for each member: its name, type and default."""
    fields = [(_field(name), kind, default) for name, kind, default in members]
    rename = {_field(name): name for name, _, _ in members}
    return msgspec.defstruct("Kept", fields, rename=rename, omit_defaults=True, gc=False)


def _field(name: str) -> str:
    return name if name.isidentifier() and not iskeyword(name) else f"member_{name.encode().hex()}"


def quick_slimmer(
    is_countable: Callable[[LogEvent, TimeRange], bool], further_paths: Sequence[FurtherPath]
) -> Callable[[bytes], KeyedLine | None]:
    """See `FastPath.slimmer`."""
    times, shape = TimeRange(), _Shape(further_paths)
    decode, keeps_headers = shape.decoder(), _HEADERS in shape.nodes
    keeps_credential = any(each.path.steps[0][1] == "authenticated_entity" for each in further_paths)

    def slim(line: bytes) -> KeyedLine | None:
        try:
            if not line.isascii():
                line.decode("utf-8")
            event = decode(line)
            if event.workspaces or (event.ai and keeps_headers):
                return None
            whole_ai = _cut(event, keeps_headers=keeps_headers, keeps_credential=keeps_credential)
            shape.cut(event)
            text = _encode(event)
            read = _decode_slim(text)  # values of another type misfit here
        except _MISFIT:
            return None
        if not is_countable(read, times) or not (whole_ai is None or _has_the_calls_of(read, whole_ai)):
            return None
        if read.request is None or not read.request.id:
            text = carrying(text, text_identity(line))
        caller = None if read.consumer is None else read.consumer.id
        return KeyedLine(text, caller.encode() if caller else partition_key(line))

    return slim if shape.is_common else lambda _: None


def _cut(event: Any, *, keeps_headers: bool, keeps_credential: bool) -> msgspec.Raw | None:
    """Cut what is not read; the whole `ai` member if more than members is left out of it."""
    response = event.response
    if event.consumer is not None and event.consumer.id and not keeps_credential:
        event.authenticated_entity = None  # who called is known
    if event.ai:
        return _cut_calls(event, response)
    event.tries = _NONE
    if response is not None and not keeps_headers:
        response.headers = _NONE
    return None


def _cut_calls(event: Any, response: Any) -> msgspec.Raw | None:
    if event.tries:
        event.tries = msgspec.Raw(value(bytes(event.tries)))
    if response is not None and response.headers:
        response.headers = msgspec.Raw(HEADERS.cut(bytes(response.headers)))
    whole_ai = bytes(event.ai)
    if is_common_ai(whole_ai):
        return None
    event.ai = msgspec.Raw(AI.cut(whole_ai))
    return msgspec.Raw(whole_ai) if _BODIES in whole_ai else None


_BODIES = b'"payload"'
"""Bodies are replaced by what is read in them."""


def _has_the_calls_of(event: LogEvent, whole_ai: msgspec.Raw) -> bool:
    """Whether the same calls are read of an event with a cut `ai` member and with the whole one."""
    of_slim = _calls(event)
    event.ai = whole_ai
    return of_slim == _calls(event)


def _calls(event: LogEvent) -> tuple[Any, list[str]]:
    ignored_fields: list[str] = []
    return read_ai(event, event.response or Response(), ignored_fields), ignored_fields
