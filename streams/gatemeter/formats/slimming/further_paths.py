"""What a door keeps of an event beside what its format reads: paths that a user names, as mapping files write them."""

from collections.abc import Callable, Iterable, Sequence

from gatemeter.lenient.paths import Path
from gatemeter.lenient.read_paths import Members, Node, presence, whole

_Steps = tuple[tuple[str, str], ...]


def keeping(members: Members) -> Callable[[Sequence[Path]], Members]:
    """`members` as the `read_paths` of a format."""
    return lambda further: with_paths(members, further, whole)


def with_paths(members: Members | None, paths: Iterable[Path], leaf: Node) -> Members:
    """`members`, which also keep `leaf` of what stands at each of `paths`."""
    found = Members({}) if members is None else members
    for path in paths:
        found = _with_member(found, path.steps, leaf)
    return found


def _with_steps(node: Node | None, steps: _Steps, leaf: Node) -> Node:
    if not steps:
        return leaf if node is None else node if leaf in (presence, node) else whole
    if node is not None and not isinstance(node, Members):
        return whole
    return _with_member(Members({}) if node is None else node, steps, leaf)


def _with_member(found: Members, steps: _Steps, leaf: Node) -> Members:
    (rest, name), *further = steps
    named = {**found.named, rest: _with_steps(found.node_of(rest), (), leaf)}
    if further:
        named[name] = _with_steps(found.node_of(name), tuple(further), leaf)
    return Members(named, found.others, is_optional=found.is_optional)
