"""Masks a rejected event: what may be kept of it in clear, next to its encrypted original.

A list of names that carry secrets is never complete, and a secret may look like a name. So this works the other way
round. A format lists the fields that its reader reads, each with the shape of a value that is harmless (`Kept`):
numbers, times, words of a fixed list, ids that the gateway itself has given. Everything else becomes its type and size,
member names included; a text that people look for gets a short hash, too. A text that is not JSON is masked whole. The
work is linear in the members of the objects on the list and in the texts that are hashed; whatever lies beyond is not
looked at.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

RAW_LIMIT_BYTES = 16 * 1024
"""How many bytes of a dead letter are kept in clear."""

LONGEST_ITEMS = 10
"""How many items of a list are kept; the further ones are counted."""

OTHER_MEMBERS = "(other)"
"""The member that says how many members of an object are masked, names and all."""

_HASH_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Shape:
    """Which values may be kept in clear. With `hashes`, any other text gets a short hash, by which equal ones are seen.

    The hash is of 16 bits: enough to tell some texts apart, and too short to find out a long text by trying.
    """

    is_harmless: Callable[[Any], bool]
    hashes: bool = False

    def or_hash(self) -> "Shape":
        """The same values in clear, and hashes of other texts."""
        return Shape(self.is_harmless, hashes=True)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list whose items may be kept."""

    items: "Kept"


Kept = Mapping[str, "Kept"] | ListOf | Shape
"""What may be kept of a value: of an object its members by name, of a list its items, of anything else its shape."""


class Masked(NamedTuple):
    """What is kept in clear of an event: its whole `text` if nothing in it `is_masked`."""

    text: bytes
    is_masked: bool


def mask_event(document: Any, text: bytes, kept: Kept) -> Masked:
    """`document`, which was parsed from `text`, with everything masked that `kept` does not list."""
    mask = _Mask()
    masked = _encode(mask.of(document, kept))
    if not mask.has_hidden and len(text) <= RAW_LIMIT_BYTES and _compact(text) == masked:
        return Masked(text, is_masked=False)
    return Masked(masked, is_masked=True) if len(masked) <= RAW_LIMIT_BYTES else mask_text(text)


def mask_text(text: bytes) -> Masked:
    """A text that is not read as JSON: its size alone. White space is kept, for it says nothing."""
    if not text.strip():
        return Masked(text[:RAW_LIMIT_BYTES], is_masked=len(text) > RAW_LIMIT_BYTES)
    return Masked(described_text(text), is_masked=True)


def described_name(name: str) -> str:
    """The size of a name that anybody could have chosen, and its hash."""
    return _described(name, hashes=True)


def described_text(text: bytes) -> bytes:
    """The size of a text, in words."""
    return f"(text, {len(text)} bytes)".encode()


class _Mask:
    """Masks values, and remembers whether there was anything to mask."""

    def __init__(self) -> None:
        self.has_hidden = False

    def of(self, value: Any, kept: Kept) -> Any:
        if isinstance(kept, Mapping):
            return self._object(value, kept) if isinstance(value, dict) else self._hidden(value)
        if isinstance(kept, ListOf):
            return self._list(value, kept.items) if isinstance(value, list) else self._hidden(value)
        return value if kept.is_harmless(value) else self._hidden(value, hashes=kept.hashes)

    def _object(self, members: dict[str, Any], kept: Mapping[str, Kept]) -> dict[str, Any]:
        shown = {name: self.of(value, kept[name]) for name, value in members.items() if name in kept}
        hidden = len(members) - len(shown)
        if hidden:
            self.has_hidden = True
            shown[OTHER_MEMBERS] = f"({_count(hidden, 'member')})"
        return shown

    def _list(self, items: list[Any], kept: Kept) -> list[Any]:
        shown = [self.of(item, kept) for item in items[:LONGEST_ITEMS]]
        hidden = len(items) - len(shown)
        if hidden:
            self.has_hidden = True
            shown.append(f"({_count(hidden, 'item')})")
        return shown

    def _hidden(self, value: Any, *, hashes: bool = False) -> Any:
        if value is None or value in ("", {}, []):
            return value
        self.has_hidden = True
        return _described(value, hashes=hashes)


def _described(value: Any, *, hashes: bool) -> str:
    """The type and size of a JSON value."""
    if isinstance(value, bool):
        return "(boolean)"
    if isinstance(value, str):
        return f"(text, {_count(len(value), 'character')}{f', #{text_hash(value)}' if hashes else ''})"
    if type(value) is int:
        return f"(number, {_count(len(str(abs(value))), 'digit')})"
    if isinstance(value, dict):
        return f"(object, {_count(len(value), 'member')})"
    if isinstance(value, list):
        return f"(array, {_count(len(value), 'item')})"
    return "(number)"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


_encode = msgspec.json.Encoder(decimal_format="number").encode


def _compact(text: bytes) -> bytes:
    """`text` without white space; a name given twice, or an escaped letter, makes it differ from its mask."""
    try:
        return msgspec.json.format(text, indent=-1)
    except (msgspec.MsgspecError, RecursionError):
        return b""


def text_hash(text: str) -> str:
    """The first digits of the SHA-256 of `text`, as `printf %s TEXT | sha256sum` prints it."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_DIGITS]
