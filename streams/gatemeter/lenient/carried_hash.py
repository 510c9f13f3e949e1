"""The hash of a key in place of the key, in what a door sends: `{"gatemeter_sha256": "0c2f61d2a9b4e88a"}`.

It is an object, which no client can write into a header or another text, so it cannot be mistaken for a key.
"""

from collections.abc import Collection
from hashlib import sha256
from typing import Any

import msgspec

from gatemeter.lenient.fields import storable_text
from gatemeter.lenient.read_paths import Node, value

_MEMBER = "gatemeter_sha256"
_DIGITS = 16


def key_hash(key: str) -> str:
    """By which a key is known: digits of its SHA-256."""
    return sha256(key.encode()).hexdigest()[:_DIGITS]


def carried_hash(found: Any) -> str | None:
    """The hash that a door left in place of a key; None for any other value."""
    if not isinstance(found, dict) or found.keys() != {_MEMBER}:
        return None
    carried = found[_MEMBER]
    return carried if isinstance(carried, str) and len(carried) == _DIGITS else None


def hashed_key(no_value: Collection[str], without_prefix: str) -> Node:
    """What is sent of a key: its hash. Texts in `no_value` stay, and of an object or list whether it is empty."""

    def cut(raw: bytes) -> bytes:
        key = storable_text(msgspec.json.decode(raw)) if raw[:1] not in (b"{", b"[") else None
        text = (key or "").removeprefix(without_prefix)
        if not key or key in no_value or not text:
            return value(raw)
        return msgspec.json.encode({_MEMBER: key_hash(text)})

    return cut
