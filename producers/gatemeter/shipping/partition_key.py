"""Chooses the partition of a line.

All events of one consumer go to one partition, so that one worker sees all of them. Only the content of a line decides,
so a line that is sent again (a retry of the gateway, a file shipped twice) goes to the partition of its first copy,
where the duplicate is found.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
import xxhash

from gatemeter.envelopes.json_objects import ONE_ELEMENT, open_object, open_text
from gatemeter.envelopes.opened import MOST_ENVELOPES
from gatemeter.envelopes.prefixes import SCHEMA_REGISTRY, has_schema_header, open_prefix
from gatemeter.errors import RejectedEvent
from gatemeter.lenient.document import parse_document
from gatemeter.lenient.event_text import member_text


class _Consumer(msgspec.Struct):
    id: str | None = None
    username: str | None = None
    custom_id: str | None = None


class _AuthenticatedEntity(msgspec.Struct):
    id: str | None = None
    consumer_id: str | None = None


class _Request(msgspec.Struct):
    id: str | None = None


_NO_CONSUMER = _Consumer()
_NO_ENTITY = _AuthenticatedEntity()
_NO_REQUEST = _Request()


class _Event(msgspec.Struct):
    consumer: _Consumer | None = None
    authenticated_entity: _AuthenticatedEntity | None = None
    request: _Request | None = None
    subject: str | None = None
    id: str | None = None


_MAY_CARRY = re.compile(rb'"(?:log|message)"\s*:|:\s*\{')
"""Found in every JSON object that is an envelope, and in few others that have no identity."""

_EARLIEST_S = 10**9
"""Times are above, in seconds or ms; few other numbers of an event are."""

_event_decoder = msgspec.json.Decoder(_Event)


def partition_key(line: bytes) -> bytes:
    """The key of one line: the first of these that is a text and not empty, else a hash of the line.

    Consumer id, username, custom id, consumer id and id of `authenticated_entity`, `request.id`; of a CloudEvent its
    `subject` and its `id`. Never raises: a field of a wrong type is skipped, and a line that is not a JSON object is
    keyed by its bytes without surrounding white space. A line in an envelope has the key of what the envelope carries.
    """
    return _key_of(line, MOST_ENVELOPES)


def _key_of(line: bytes, most_envelopes: int) -> bytes:
    try:
        event = _event_decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _key_of_odd_line(line, most_envelopes)
    identity = _identity(event)
    if not identity and most_envelopes and _MAY_CARRY.search(line):
        return _key_of_odd_line(line, most_envelopes)
    return _keyed(line, identity)


def partition_of(key: bytes, partitions: int) -> int:
    """The partition for `key`: its XXH3 hash of 64 bits modulo the number of `partitions`."""
    return xxhash.xxh3_64_intdigest(key) % partitions


def _identity(event: _Event) -> str | None:
    consumer, credential = event.consumer or _NO_CONSUMER, event.authenticated_entity or _NO_ENTITY
    return (
        consumer.id
        or consumer.username
        or consumer.custom_id
        or credential.consumer_id
        or credential.id
        or (event.request or _NO_REQUEST).id
        or event.subject
        or event.id
    )


_PATHS = (
    ("consumer", "id"),
    ("consumer", "username"),
    ("consumer", "custom_id"),
    ("authenticated_entity", "consumer_id"),
    ("authenticated_entity", "id"),
    ("request", "id"),
)


def _key_of_odd_line(line: bytes, most_envelopes: int) -> bytes:
    try:
        document = None if has_schema_header(line) else parse_document(line, [])
    except RejectedEvent:
        document = None
    if document is None:
        return _key_behind_prefix(line, most_envelopes)
    if isinstance(document, str) and most_envelopes:
        return _key_of(open_text(document).content, most_envelopes - 1)
    if not isinstance(document, Mapping):
        return _hash(line)
    return _keyed(line, _identity_in(document)) if not most_envelopes else _key_in(document, line, most_envelopes)


def _key_in(document: Mapping[str, Any], line: bytes, most_envelopes: int) -> bytes:
    identity = _identity_in(document)
    try:
        opened = None if identity else open_object(document, _seems_event)
    except RejectedEvent:
        opened = None
    if opened is None or (opened.envelope == ONE_ELEMENT and _has_time(document)):
        return _keyed(line, identity)
    if isinstance(opened.content, bytes):
        return _key_of(opened.content, most_envelopes - 1)
    return _keyed(member_text(line, opened.member, opened.content), _identity_in(opened.content))


def _seems_event(value: Mapping[str, Any]) -> bool:
    """Whether an object within one without a time is an event: it has a time, or is a CloudEvent."""
    return _has_time(value) or "specversion" in value


def _has_time(value: Mapping[str, Any]) -> bool:
    return any(isinstance(each, int | Decimal) and each >= _EARLIEST_S for each in value.values())


def _key_behind_prefix(line: bytes, most_envelopes: int) -> bytes:
    try:
        opened = open_prefix(line) if most_envelopes else None
    except RejectedEvent:
        opened = None
    if opened is None:
        return _hash(line)
    return _key_of(opened.content, most_envelopes - (opened.envelope != SCHEMA_REGISTRY))


def _identity_in(document: Mapping[str, Any]) -> str | None:
    texts = [_text_at(document, parent, child) for parent, child in _PATHS]
    texts += [_text(document.get(name)) for name in ("subject", "id")]
    return next(filter(None, texts), None)


def _text_at(document: Mapping[str, Any], parent: str, child: str) -> str | None:
    entity = document.get(parent)
    return _text(entity.get(child)) if isinstance(entity, Mapping) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _keyed(line: bytes, text: str | None) -> bytes:
    # JSON may hold a lone surrogate, which strict UTF-8 cannot encode.
    return text.encode("utf-8", "surrogatepass") if text else _hash(line)


def _hash(line: bytes) -> bytes:
    return xxhash.xxh3_128_digest(line.strip())
