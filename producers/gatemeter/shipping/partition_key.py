"""Chooses the partition of a line.

All events of one consumer go to one partition, so that one worker sees all of them. Only the content of a line decides,
so a line that is sent again (a retry of the gateway, a file shipped twice) goes to the partition of its first copy,
where the duplicate is found.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import xxhash

from gatemeter.errors import RejectedEvent
from gatemeter.lenient.document import parse_document


class _Consumer(msgspec.Struct):
    id: str | None = None
    username: str | None = None
    custom_id: str | None = None


class _AuthenticatedEntity(msgspec.Struct):
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


_event_decoder = msgspec.json.Decoder(_Event)


def partition_key(line: bytes) -> bytes:
    """The key of one line: the first of these that is a text and not empty, else a hash of the line.

    Consumer id, username, custom id, `authenticated_entity.consumer_id`, `request.id`; of a CloudEvent its `subject`
    and its `id`. Never raises: a field of a wrong type is skipped, and a line that is not a JSON object is keyed by its
    bytes without surrounding white space.
    """
    try:
        event = _event_decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _key_of_odd_line(line)
    return _keyed(line, _identity(event))


def partition_of(key: bytes, partitions: int) -> int:
    """The partition for `key`: its XXH3 hash of 64 bits modulo the number of `partitions`."""
    return xxhash.xxh3_64_intdigest(key) % partitions


def _identity(event: _Event) -> str | None:
    consumer = event.consumer or _NO_CONSUMER
    return (
        consumer.id
        or consumer.username
        or consumer.custom_id
        or (event.authenticated_entity or _NO_ENTITY).consumer_id
        or (event.request or _NO_REQUEST).id
        or event.subject
        or event.id
    )


_PATHS = (
    ("consumer", "id"),
    ("consumer", "username"),
    ("consumer", "custom_id"),
    ("authenticated_entity", "consumer_id"),
    ("request", "id"),
)


def _key_of_odd_line(line: bytes) -> bytes:
    try:
        document = parse_document(line, [])
    except RejectedEvent:
        return _hash(line)
    if not isinstance(document, Mapping):
        return _hash(line)
    texts = [_text_at(document, parent, child) for parent, child in _PATHS]
    texts += [_text(document.get(name)) for name in ("subject", "id")]
    return _keyed(line, next(filter(None, texts), None))


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
