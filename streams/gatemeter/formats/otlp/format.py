"""The format of OTLP log records in JSON: requests to the logs service, one or many records each."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from gatemeter.events.access_event import AccessEvent, EventKind
from gatemeter.events.identity import IdentityKind
from gatemeter.formats.field_mapping.file import parse_mapping
from gatemeter.formats.field_mapping.read_paths import paths_of
from gatemeter.formats.field_mapping.reader import MappingReader
from gatemeter.formats.format import JsonFormat, Taken
from gatemeter.formats.otlp.gen_ai import is_gen_ai_attribute, is_gen_ai_group, read_gen_ai_call, tells_of_call
from gatemeter.formats.otlp.http_intake import OTLP_HTTP
from gatemeter.formats.otlp.log_records import (
    LogRecord,
    is_logs_request,
    line_of_file,
    plain_value,
    read_record,
    single_requests,
)
from gatemeter.formats.otlp.read_paths import attribute_paths
from gatemeter.formats.slimming.further_paths import FurtherPath
from gatemeter.lenient.event_text import text_identity
from gatemeter.lenient.read_paths import Members

_TIMES = ("timeUnixNano", "observedTimeUnixNano")
_NO_SPAN = re.compile(r"0*")


def read(document: Any, text: bytes, ignored_fields: list[str]) -> AccessEvent:
    """See `JsonFormat`: the event in a request with one record.

    A record that is about neither a request nor a call to a model is of another kind. Raises RejectedEvent:
    log_record_missing, log_record_invalid, and as `MappingReader.read` does.
    """
    record = read_record(document)
    values = _values(record)
    reader = _reader_of(values)
    event = reader.read(values, text, ignored_fields)
    call = read_gen_ai_call(values, event.status, ignored_fields) if tells_of_call(_event_name(record)) else None
    if event.identity is IdentityKind.POSITION and _has_span(record):
        event = replace(event, identity=IdentityKind.CONTENT, event_id=text_identity(text))
    # Programs put the method into all that they log while they answer; gateways log a request that had no answer, too.
    is_request = event.status is not None or (bool(event.method) and bool(reader.mapping.recognized_by))
    is_request = is_request and event.kind is EventKind.HTTP
    kind = EventKind.HTTP if is_request else EventKind.LLM if call is not None else EventKind.OTHER
    return replace(event, kind=kind, llm_calls=[] if call is None else [call])


def _values(record: LogRecord) -> dict[str, Any]:
    """The attributes, those of a body that is an object, and the times; 0 stands for a time that is not told."""
    body = plain_value(record.members.get("body"))
    times = {name: record.members[name] for name in _TIMES if record.members.get(name) not in (None, 0, "0")}
    values = {**(body if isinstance(body, dict) else {}), **record.attributes}
    return {**_flat("gen_ai", values.get("gen_ai")), **values, **times, "resource": record.resource}


def _flat(name: str, value: Any) -> dict[str, Any]:
    """The members of nested objects by their dotted names."""
    if not isinstance(value, dict):
        return {}
    found: dict[str, Any] = {}
    for key, inner in value.items():
        path = f"{name}.{key}"
        found |= _flat(path, inner) if isinstance(inner, dict) else {path: inner}
    return found


def _members(document: Any) -> Mapping[str, Any]:
    return _values(read_record(document))


def _event_name(record: LogRecord) -> str:
    """The name of an event: a field of its own since OTLP 1.5, an attribute before."""
    names = (record.members.get("eventName"), record.attributes.get("event.name"))
    return next((name for name in names if isinstance(name, str) and name), "")


def _has_span(record: LogRecord) -> bool:
    """Whether the record is of a span: no two requests share one, so the same text is the same record again."""
    span = record.members.get("spanId")
    return isinstance(span, str) and _NO_SPAN.fullmatch(span) is None


@cache
def _readers() -> tuple[MappingReader, ...]:
    """Whose attributes are known, a file each; the one that recognizes nothing is tried for all others, the last."""
    folder = files(__package__).joinpath("senders")
    texts = [(each.name, each.read_text(encoding="utf-8")) for each in folder.iterdir() if each.name.endswith(".toml")]
    readers = [MappingReader(parse_mapping(text, name)) for name, text in sorted(texts)]
    return tuple(sorted(readers, key=lambda each: not each.mapping.recognized_by))


def _reader_of(values: dict[str, Any]) -> MappingReader:
    *known, otherwise = _readers()
    return next((each for each in known if each.mapping.recognizes(values)), otherwise)


def _read_paths(further: Sequence[FurtherPath]) -> Members:
    named = [path for reader in _readers() for path in paths_of(reader.mapping)]
    return attribute_paths([*named, *(each.path for each in further)], is_gen_ai_attribute, is_gen_ai_group)


_MARKER = re.compile(rb'"resourceLogs\\*"\s*:')
OTLP = JsonFormat(
    "otlp",
    read,
    recognizes=is_logs_request,
    parts=single_requests,
    line_within=line_of_file,
    members=_members,
    read_paths=_read_paths,
    needs_positions=True,
    marker=_MARKER,
    http=OTLP_HTTP,
    taken=Taken(*["as the sender tells it"] * 3),
)
