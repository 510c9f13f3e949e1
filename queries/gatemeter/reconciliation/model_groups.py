"""Which models of an export are which of those that were called here.

A provider bills snapshots ("gpt-4o-2024-08-06") or display names ("Claude Haiku 4.5") where a gateway logs aliases.
What cannot be told apart is compared as one group, so nothing is attributed by a guess.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_SNAPSHOT = re.compile(r"(?:[-@](?:\d{4}-\d{2}-\d{2}|\d{8}|latest)|-v\d+(?::\d+)?)+$")
_VENDOR = re.compile(r"^(?:(?:us|eu|apac|global|jp|au|ca)\.)?[a-z0-9]+\.(?=[a-z])")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def model_key(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names with equal keys are of one model: its words in any order, and its numbers in theirs.

    Without the date of a snapshot, the version of Bedrock and the vendor before the name. Names with other letters than
    ASCII equal none but themselves.
    """
    if not name.isascii():
        return (name,), ()
    plain = _SNAPSHOT.sub("", _VENDOR.sub("", name.strip().split("/")[-1]))
    words = [each.lower() for each in _WORD.findall(plain)]
    return tuple(sorted(each for each in words if not each.isdigit())), tuple(each for each in words if each.isdigit())


@dataclass(frozen=True, slots=True)
class ModelGroups:
    """`of_stated` and `of_counted` give the group of a name; a group is called as its stated models are."""

    of_stated: Mapping[str, str]
    of_counted: Mapping[tuple[str, str], str]

    def aliases(self, group: str) -> list[str]:
        """The names by which a group's models were called here, where they are not those of the export."""
        stated = {name for name, found in self.of_stated.items() if found == group}
        names = {response or request for (request, response), found in self.of_counted.items() if found == group}
        return sorted(names - stated - {group})


def model_groups(stated: Iterable[str], counted: Iterable[tuple[str, str]], named: Mapping[str, str]) -> ModelGroups:
    """Groups of `stated` models and `counted` pairs of the requested and the answering model.

    `named` says which of ours a stated model is. A stated '' is of all models, and makes all one group.
    """
    links = _Links()
    stated_names = sorted(set(stated))
    pairs = sorted(set(counted))
    for name in stated_names:
        links.add(("stated", name))
    for pair in pairs:
        links.add(("counted", *pair))
        for name in _matches(pair, stated_names, named):
            links.join(("counted", *pair), ("stated", name))
    if "" in stated_names:
        for node in [("stated", name) for name in stated_names] + [("counted", *pair) for pair in pairs]:
            links.join(("stated", ""), node)
    labels = _labels(links, stated_names, pairs)
    return ModelGroups(
        {name: labels[links.root(("stated", name))] for name in stated_names},
        {pair: labels[links.root(("counted", *pair))] for pair in pairs},
    )


def _matches(pair: tuple[str, str], stated: Iterable[str], named: Mapping[str, str]) -> list[str]:
    request, response = pair
    names = [each for each in (response, request) if each]
    ours = [name for name, our_name in named.items() if our_name in names]
    if ours:
        return [name for name in stated if name in ours]
    free = [name for name in stated if name and name not in named]
    for name in names:
        if name in free:
            return [name]
    for name in names:
        if found := [each for each in free if model_key(each) == model_key(name)]:
            return found
    return []


class _Links:
    """Nodes that are joined to groups."""

    def __init__(self) -> None:
        self._above: dict[tuple[str, ...], tuple[str, ...]] = {}

    def add(self, node: tuple[str, ...]) -> None:
        self._above.setdefault(node, node)

    def join(self, one: tuple[str, ...], other: tuple[str, ...]) -> None:
        self._above[self.root(one)] = self.root(other)

    def root(self, node: tuple[str, ...]) -> tuple[str, ...]:
        while self._above[node] != node:
            node = self._above[node]
        return node


def _labels(links: _Links, stated: Iterable[str], counted: Iterable[tuple[str, str]]) -> Mapping[tuple[str, ...], str]:
    names: dict[tuple[str, ...], list[str]] = {}
    for name in stated:
        names.setdefault(links.root(("stated", name)), []).append(name)
    labels = {root: "" if "" in found else " + ".join(found) for root, found in names.items()}
    for request, response in counted:
        root = links.root(("counted", request, response))
        labels.setdefault(root, response or request or "(no name)")
    return labels
