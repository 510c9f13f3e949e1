"""What a door keeps of an event beside what its format reads: paths that a user or a meter names."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from gatemeter.lenient.paths import Path
from gatemeter.lenient.read_paths import Members, Node, presence, value, whole

_Steps = tuple[tuple[str, str], ...]


class FurtherPath(NamedTuple):
    """A path, and how much is kept of what stands there."""

    path: Path
    node: Node


def scalar(raw: bytes) -> bytes:
    """What a meter reads: of an object or list that there is one, for what is in it may be anybody's secret."""
    return value(raw)


def keeping(members: Members) -> Callable[[Sequence[FurtherPath]], Members]:
    """`members` as the `read_paths` of a format."""
    return lambda further: with_further(members, further)


def with_paths(members: Members | None, paths: Iterable[Path], leaf: Node) -> Members:
    """`members`, which also keep `leaf` of what stands at each of `paths`."""
    return with_further(members, (FurtherPath(path, leaf) for path in paths))


def with_further(members: Members | None, further: Iterable[FurtherPath]) -> Members:
    """`members`, which also keep what `further` names; where one path leads through another, the longer one first."""
    found = Members({}) if members is None else members
    for path, leaf in further:
        found = _with_member(found, path.steps, leaf)
    return found


def _with_steps(node: Node | None, steps: _Steps, leaf: Node) -> Node:
    if not steps:
        return leaf if node is None else _both(node, leaf)
    if node is not None and not isinstance(node, Members):
        return whole
    return _with_member(Members({}) if node is None else node, steps, leaf)


def _both(node: Node, leaf: Node) -> Node:
    """What keeps as much as each of both."""
    if leaf in (presence, node) or (leaf is scalar and node in (value, whole)):
        return node
    return _or_scalar(node) if leaf is scalar else whole


def _or_scalar(node: Node) -> Node:
    return lambda raw: node(raw) or value(raw) if raw[:1] in (b"{", b"[") else raw


def _with_member(found: Members, steps: _Steps, leaf: Node) -> Members:
    (rest, name), *further = steps
    named = {**found.named, rest: _with_steps(found.node_of(rest), (), leaf)}
    if further:
        named[name] = _with_steps(found.node_of(name), tuple(further), leaf)
    return Members(named, found.others, is_optional=found.is_optional)
