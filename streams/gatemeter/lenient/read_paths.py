"""What a format reads of its events, as a tree of members; what is not listed is left out of what a door sends.

A node takes the JSON text of a value and returns what is sent of it, or None to leave it out. Texts of numbers are
copied digit by digit. Where a node expects a value of another type, a value of the same type without its content is
sent, so that the reader ignores it as it would have ignored the whole one.
"""

import re
from collections.abc import Callable, Mapping

import msgspec

Node = Callable[[bytes], bytes | None]

_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_entries = msgspec.json.Decoder(list[msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode

EMPTY_TEXT = b'""'
_LEFT_OUT = b'"(left out)"'
_NO_TEXTS = (EMPTY_TEXT, b'"-"')
_TRUE = b"true"
_FALSY = frozenset({b"null", b"false", b"{}", b"[]", EMPTY_TEXT})
_ENTRY = re.compile("0|[1-9][0-9]*+")
_NUMBERS = tuple(bytes([each]) for each in b"-0123456789")


def whole(raw: bytes) -> bytes:
    """Everything, on one line."""
    return msgspec.json.format(raw, indent=-1) if b"\n" in raw else raw


def value(raw: bytes) -> bytes:
    """A text, number, boolean or null; of an object or list whether it is empty."""
    if raw[:1] == b"{":
        return raw if raw == b"{}" else b'{"":0}' if _decode_members(raw) else b"{}"
    if raw[:1] == b"[":
        return raw if raw == b"[]" else b"[0]" if _decode_entries(raw) else b"[]"
    return raw


def presence(raw: bytes) -> bytes:
    """That there is a text, and whether it is one that stands for none; other values as `value`."""
    return _LEFT_OUT if raw[:1] == b'"' and raw not in _NO_TEXTS else value(raw)


def truth(raw: bytes) -> bytes:
    """Whether there is anything in it."""
    content = value(raw)
    is_number_or_falsy = content[:1] in _NUMBERS or content in _FALSY
    return content if is_number_or_falsy else _TRUE


def length(raw: bytes) -> bytes:
    """Of a list how many entries it has; of anything else `truth`."""
    if raw[:1] != b"[":
        return truth(raw)
    return b"[" + b",".join([b"0"] * len(_decode_entries(raw))) + b"]"


def path_without_query(raw: bytes) -> bytes:
    """A text up to a question mark."""
    if raw[:1] != b'"':
        return _without_content(raw)
    text: str = msgspec.json.decode(raw)
    return _encode(text.partition("?")[0])


Others = Callable[[str], Node | None]
"""What is kept of a member by its name."""


def value_or(node: Node, other: Node = value) -> Node:
    """Of an object what `node` keeps, else what `other` does."""
    return lambda raw: node(raw) if raw[:1] == b"{" else other(raw)


class Members:
    """Of an object the members that are `named`, and of each other one what `others` keeps.

    With `is_optional` a value of another type is left out, unless it is a list and names are numbers of its entries.
    """

    def __init__(self, named: Mapping[str, Node], others: Others | None = None, *, is_optional: bool = False) -> None:
        self.named = dict(named)
        self.others = others
        self.is_optional = is_optional
        self._entry_nodes = {int(name): node for name, node in named.items() if _ENTRY.fullmatch(name)}

    def __call__(self, raw: bytes) -> bytes | None:
        """See `Node`."""
        is_read = raw[:1] == b"{" or (raw[:1] == b"[" and self._entry_nodes)
        return self.cut(raw) if is_read or not self.is_optional else None

    def cut(self, raw: bytes) -> bytes:
        """What is sent of the object `raw`, or in place of another value."""
        if raw[:1] == b"[":
            return self._entries(raw)
        if raw[:1] != b"{":
            return _without_content(raw)
        sent = []
        for name, member in _decode_members(raw).items():
            node = self.node_of(name)
            kept = None if node is None else node(bytes(member))
            if kept is not None:
                sent.append(_encode(name) + b":" + kept)
        return b"{" + b",".join(sent) + b"}"

    def node_of(self, name: str) -> Node | None:
        """What is kept of the member `name`."""
        node = self.named.get(name)
        return self.others(name) if node is None and self.others is not None else node

    def _entries(self, raw: bytes) -> bytes:
        """Of a list the entries whose number is a name, each at its place."""
        nodes = self._entry_nodes
        if not nodes:
            return _without_content(raw)
        entries = _decode_entries(raw)[: max(nodes) + 1]
        kept = (nodes.get(index, _without_content)(bytes(entry)) for index, entry in enumerate(entries))
        return b"[" + b",".join(b"null" if each is None else each for each in kept) + b"]"


class Entries:
    """Of a list what `node` keeps of each entry; with `last` of the last one alone, which stays the last."""

    def __init__(self, node: Node, *, last: bool = False) -> None:
        self._node = node
        self._last = last

    def __call__(self, raw: bytes) -> bytes:
        """What is sent of the list `raw`."""
        if raw[:1] != b"[":
            return _without_content(raw)
        entries = _decode_entries(raw)
        kept = (self._node(bytes(entry)) for entry in (entries[-1:] if self._last else entries))
        return b"[" + b",".join(b"null" if each is None else each for each in kept) + b"]"


def object_only(found: Members) -> Members:
    """Of an object what `found` keeps, and nothing of other values."""
    return Members(found.named, found.others, is_optional=True)


def members(*names: str, **nodes: Node) -> Members:
    """An object whose members `names` are read as values, and others as `nodes` say."""
    return Members({**dict.fromkeys(names, value), **nodes})


def _without_content(raw: bytes) -> bytes:
    """A value of the same type as `raw`."""
    return EMPTY_TEXT if raw[:1] == b'"' else value(raw)
