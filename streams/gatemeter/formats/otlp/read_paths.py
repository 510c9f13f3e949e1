"""What is read of a request with one log record: attributes that a sender's table or `gen_ai` names."""

from collections.abc import Callable, Iterable

import msgspec

from gatemeter.formats.otlp.log_records import RESOURCE_ATTRIBUTES
from gatemeter.formats.slimming.further_paths import with_paths
from gatemeter.lenient.paths import Path
from gatemeter.lenient.read_paths import Entries, Members, Node, members, value

_SCALARS = ("stringValue", "intValue", "doubleValue", "boolValue")
_decode_entries = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class _KeyValues:
    """Of a list of keys and values those whose key has a node, and of the AnyValue of each as much as that says."""

    def __init__(self, node_of: Callable[[str], Node | None]) -> None:
        self._node_of = node_of

    def __call__(self, raw: bytes) -> bytes:
        """What is sent of the list."""
        if raw[:1] != b"[":
            return value(raw)
        kept = (self._pair(bytes(entry)) for entry in _decode_entries(raw))
        return b"[" + b",".join(each for each in kept if each is not None) + b"]"

    def _pair(self, raw: bytes) -> bytes | None:
        key = _decode_members(raw).get("key") if raw[:1] == b"{" else None
        if key is None or bytes(key)[:1] != b'"':
            return None
        node = self._node_of(msgspec.json.decode(key))
        return None if node is None else members("key", value=_any_value(node))(raw)


def _any_value(node: Node) -> Node:
    if isinstance(node, Members):
        return members(*_SCALARS, kvlistValue=members(values=_KeyValues(node.node_of)))
    held = members(values=value)
    return members(*_SCALARS, arrayValue=held, kvlistValue=held)


def attribute_paths(paths: Iterable[Path], is_read: Callable[[str], bool], is_group: Callable[[str], bool]) -> Members:
    """The attributes at `paths`, those whose name `is_read`, the times, and the span that a record is of.

    Those that are read may also lie in objects within one another, of which a name `is_group` from the root on.
    """

    def within(name: str) -> Node | None:
        if is_group(name):
            return Members({}, others=lambda key: within(f"{name}.{key}"))
        return value if is_read(name) else None

    def others(name: str) -> Node | None:
        return value if is_read(name) else within(name) if "." not in name else None

    tree = Members(with_paths(None, paths, value).named, others=others)
    attributes = _KeyValues(tree.node_of)
    resource = _KeyValues(lambda name: value if name in RESOURCE_ATTRIBUTES else None)
    record = members(
        *("timeUnixNano", "observedTimeUnixNano", "spanId", "eventName"),
        attributes=attributes,
        body=members(kvlistValue=members(values=attributes)),
    )
    scope = members(logRecords=Entries(record))
    return members(
        resourceLogs=Entries(members(resource=members(attributes=resource), scopeLogs=Entries(scope))),
    )
