"""Cutting Kong events of the common shape quickly: each member is copied as it is written."""

import re
from collections.abc import Callable, Sequence
from keyword import iskeyword
from typing import Any

import msgspec

from gatemeter.events.access_event import TimeRange
from gatemeter.formats.kong.access_event import read_ai
from gatemeter.formats.kong.common_call import is_common_ai
from gatemeter.formats.kong.log_event import LogEvent, Response
from gatemeter.formats.kong.read_paths import AI, HEADERS
from gatemeter.formats.slimming.further_paths import with_paths
from gatemeter.lenient.carried_identity import carrying
from gatemeter.lenient.event_text import text_identity
from gatemeter.lenient.paths import Path
from gatemeter.lenient.read_paths import EMPTY_TEXT, Members, Node, value, whole

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

    def __init__(self, further_paths: Sequence[Path]) -> None:
        self.objects: dict[str, dict[str, None]] = {name: dict.fromkeys(members) for name, members in _OBJECTS.items()}
        self.values: dict[str, None] = dict.fromkeys(_VALUES)
        self.nodes: dict[tuple[str, str], Node] = {}
        self.is_common = True
        for name, node in with_paths(None, further_paths, whole).named.items():
            self._keep(name, node)

    def decoder(self) -> Callable[[bytes], Any]:
        """Decodes a line into a struct of structs, whose fields hold the text of members."""
        objects = [(name, _struct(list(members)) | None, None) for name, members in self.objects.items()]
        return msgspec.json.Decoder(_struct([*objects, *self.values])).decode

    def cut(self, event: Any) -> None:
        """Leave of further members what is asked for."""
        for (parent, name), node in self.nodes.items():
            holder = getattr(event, parent) if parent else event
            if holder is not None and (raw := bytes(getattr(holder, _field(name)))):
                setattr(holder, _field(name), msgspec.Raw(node(raw) or b"null"))

    def _keep(self, name: str, node: Node) -> None:
        if name in self.objects and isinstance(node, Members):
            self.objects[name].update(dict.fromkeys(node.named))
            self.nodes.update({(name, member): each for member, each in node.named.items()})
        elif name in self.objects or name in _CUT:
            self.is_common = False
        else:
            self.values[name] = None
            self.nodes["", name] = node


_CUT = ("ai", "tries", "workspaces")


def _struct(members: Sequence[str | tuple[str, Any, Any]]) -> Any:
    """A struct with the members, whose fields are named by `_field`; those without a type hold text."""
    named = [(each, msgspec.Raw, _NONE) if isinstance(each, str) else each for each in members]
    fields = [(_field(name), kind, default) for name, kind, default in named]
    return msgspec.defstruct(
        "Kept", fields, rename={_field(name): name for name, _, _ in named}, omit_defaults=True, gc=False
    )


def _field(name: str) -> str:
    return name if name.isidentifier() and not iskeyword(name) else f"member_{name.encode().hex()}"


def quick_slimmer(
    is_countable: Callable[[LogEvent, TimeRange], bool], further_paths: Sequence[Path]
) -> Callable[[bytes], bytes | None]:
    """See `FastPath.slimmer`."""
    times, shape = TimeRange(), _Shape(further_paths)
    decode, keeps_headers = shape.decoder(), ("response", "headers") in shape.nodes
    keeps_credential = any(parent == "authenticated_entity" for parent, _ in shape.nodes)

    def slim(line: bytes) -> bytes | None:
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
            return carrying(text, text_identity(line))
        return text

    return slim if shape.is_common else lambda _: None


def _has_text(entity: Any, name: str) -> bool:
    return entity is not None and len(text := bytes(getattr(entity, name))) > len(EMPTY_TEXT) and text[:1] == b'"'


def _is_of_texts(credential: Any) -> bool:
    return credential is not None and all(
        bytes(each)[:1] in (b"", b'"') for each in msgspec.structs.astuple(credential)
    )


def _cut(event: Any, *, keeps_headers: bool, keeps_credential: bool) -> msgspec.Raw | None:
    """Cut what is not read; the whole `ai` member if more than members is left out of it."""
    response = event.response
    if not keeps_credential and _has_text(event.consumer, "id") and _is_of_texts(event.authenticated_entity):
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
    return msgspec.Raw(whole_ai) if _REPLACED.search(whole_ai) is not None else None


_REPLACED = re.compile(rb'"(?:payload|error)"|\\')
"""Found where texts are replaced by what is read in them."""


def _has_the_calls_of(event: LogEvent, whole_ai: msgspec.Raw) -> bool:
    """Whether the same calls are read of an event with a cut `ai` member and with the whole one."""
    of_slim = _calls(event)
    event.ai = whole_ai
    return of_slim == _calls(event)


def _calls(event: LogEvent) -> tuple[Any, list[str]]:
    ignored_fields: list[str] = []
    return read_ai(event, event.response or Response(), ignored_fields), ignored_fields
