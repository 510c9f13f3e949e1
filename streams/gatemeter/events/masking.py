"""Masks a rejected event: what may be kept of it in clear, next to its encrypted original.

A list of names that carry secrets is never complete, so this works the other way round. A format lists the fields that
its reader reads, each with the shape of a value that is harmless (`Kept`). Everything else becomes its type and size,
member names included. A text that is not JSON is masked whole. The work is linear in the members of the objects on the
list; whatever lies beyond is not looked at.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

RAW_LIMIT_BYTES = 16 * 1024
"""How many bytes of a dead letter are kept in clear."""

LONGEST_ITEMS = 10
"""How many items of a list are kept; the further ones are counted."""

OTHER_MEMBERS = "(other)"
"""The member that says how many members of an object are masked, names and all."""

_LONGEST_TEXT = 128
_LONGEST_NUMBER = 40
_TOO_LARGE = 2**63

Shape = Callable[[Any], bool]
"""Whether a value may be kept in clear."""


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
    return Masked(f"(text, {len(text)} bytes)".encode(), is_masked=True)


class _Mask:
    """Masks values, and remembers whether there was anything to mask."""

    def __init__(self) -> None:
        self.has_hidden = False

    def of(self, value: Any, kept: Kept) -> Any:
        if isinstance(kept, Mapping):
            return self._object(value, kept) if isinstance(value, dict) else self._hidden(value)
        if isinstance(kept, ListOf):
            return self._list(value, kept.items) if isinstance(value, list) else self._hidden(value)
        return value if kept(value) else self._hidden(value)

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

    def _hidden(self, value: Any) -> Any:
        if value is None or value == {} or value == []:
            return value
        self.has_hidden = True
        return _described(value)


def _described(value: Any) -> str:
    """The type and size of a JSON value."""
    if isinstance(value, bool):
        return "(boolean)"
    if isinstance(value, str):
        return f"(text, {_count(len(value), 'character')})"
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


_ADDRESS = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}")


def text_shape(pattern: str) -> Shape:
    """Texts of at most 128 characters that match `pattern` as a whole and hold no IP address; whole numbers, null."""
    matches = re.compile(pattern).fullmatch

    def is_kept(value: Any) -> bool:
        if not isinstance(value, str):
            return value is None or _is_whole_number(value)
        return len(value) <= _LONGEST_TEXT and matches(value) is not None and _ADDRESS.search(value) is None

    return is_kept


def never(value: Any) -> bool:
    """A member whose name is known and whose value is masked whatever it is."""
    return value is None


def number(value: Any) -> bool:
    """Numbers and texts of numbers, of any usual length; true, false and null too."""
    if isinstance(value, str):
        return len(value) <= _LONGEST_NUMBER and _NUMBER(value) is not None
    if isinstance(value, Decimal):
        return value.is_finite() and len(str(value)) <= _LONGEST_NUMBER
    return value is None or isinstance(value, bool) or _is_whole_number(value)


def _is_whole_number(value: Any) -> bool:
    return type(value) is int and -_TOO_LARGE < value < _TOO_LARGE


_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{0,18})?").fullmatch

name = text_shape(r"[\w.+~-]+(?:@[\w.-]+)?")
"""Names as gateways know their entities by, and addresses of mail: a consumer is often called so."""

token = text_shape(r"[\w.+/-]{1,64}")
"""One word of a protocol: a method, a type, a version."""

identifier = text_shape(r"[\w.:-]{1,64}")
"""Ids, such as UUIDs; a signed token is longer."""

model = text_shape(r"\w[\w.:-]*(?:/[\w.:-]+){0,3}")
"""Names of models and tools, which may have parts."""

uri = text_shape(r"[\w.~/:-]+")
"""URIs and paths without a login, a query or a fragment."""

moment = text_shape(r"[0-9TtZz:.+ -]{1,40}")
"""Dates and times."""
