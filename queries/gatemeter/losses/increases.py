"""What counters counted between scrapes, over restarts, after which they begin again from 0."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, pairwise

from gatemeter.errors import InputError
from gatemeter.losses.known_counters import KNOWN_COUNTERS
from gatemeter.losses.reading import Reading
from gatemeter.losses.scrape import NODE_ID, Scrape, SeriesKey
from gatemeter.losses.window import Edge, Window, cuts, since_unknown

Borders = Callable[[datetime, datetime], list[datetime]]
"""The moments between two others at which a span is to be divided, if there is a scrape near to them."""


def ordered_scrapes(scrapes: Iterable[Scrape]) -> list[list[Scrape]]:
    """The scrapes of each node and source by time; one that was given several times stands once.

    Raises InputError where one name stands for several nodes: two counts at one time, or ids of nodes in turns.
    """
    by_node: dict[tuple[str, str], list[Scrape]] = defaultdict(list)
    for scrape in sorted(scrapes, key=lambda each: (each.node, each.at, each.where)):
        before = by_node[scrape.node, scrape.source]
        if not before or before[-1].at != scrape.at:
            before.append(scrape)
        elif before[-1].counts != scrape.counts:
            raise _two_nodes(scrape, before[-1])
    for of_node in by_node.values():
        _require_one_node(of_node)
    return list(by_node.values())


def readings_of_scrapes(scrapes: Iterable[Scrape], borders: Borders) -> list[Reading]:
    """A reading for each node, counter, service and route, and each stretch between the scrapes nearest to `borders`.

    Of a node with one scrape, what it counted since a time that nobody knows. A node that lacks a counter of others has
    readings of it without an upper bound. Raises InputError as `ordered_scrapes`.
    """
    of_nodes = ordered_scrapes(scrapes)
    counters: dict[str, set[str]] = defaultdict(set)
    for of_node in of_nodes:
        counters[of_node[0].source] |= {key.counter for scrape in of_node for key in scrape.counts}
    return [
        reading
        for of_node in of_nodes
        for window, increases in _stretches(of_node, borders)
        for reading in _readings(of_node[0].node, window, increases, counters[of_node[0].source])
    ]


@dataclass(frozen=True, slots=True)
class _Increases:
    """By how much each series grew at least, and the stretches in which the node was started again."""

    grown: dict[SeriesKey, int]
    resets: tuple[Edge, ...] = ()

    @classmethod
    def between(cls, before: Scrape, after: Scrape) -> "_Increases":
        """A series that is new began at 0. Where a count is lower than before, or gone, it began again."""
        keys = before.counts.keys() | after.counts.keys()
        grown = {key: _growth(before.counts.get(key, 0), after.counts.get(key, 0)) for key in keys}
        return cls(grown, (Edge(before.at, after.at),) if _was_started_again(before, after) else ())

    @classmethod
    def over(cls, steps: Sequence["_Increases"]) -> "_Increases":
        total: dict[SeriesKey, int] = defaultdict(int)
        for step in steps:
            for key, grown in step.grown.items():
                total[key] += grown
        return cls(dict(total), tuple(reset for step in steps for reset in step.resets))


def _growth(before: int, after: int) -> int:
    """At least by so much: after a restart that is not seen in this series, what it counted before is not known."""
    return after - before if after >= before else after


def _was_started_again(before: Scrape, after: Scrape) -> bool:
    has_fallen = any(after.rising.get(series, -1) < value for series, value in before.rising.items())
    return has_fallen or any(
        series in after.started and after.started[series] != value for series, value in before.started.items()
    )


def _stretches(scrapes: Sequence[Scrape], borders: Borders) -> list[tuple[Window, _Increases]]:
    if len(scrapes) == 1:
        return [(since_unknown(scrapes[0].at), _Increases(dict(scrapes[0].counts)))]
    steps = [_Increases.between(*pair) for pair in pairwise(scrapes)]
    moments = [scrape.at for scrape in scrapes]
    return [
        (Window(Edge.at(moments[first]), Edge.at(moments[last])), _Increases.over(steps[first:last]))
        for first, last in cuts(moments, borders(moments[0], moments[-1]))
    ]


def _readings(node: str, window: Window, increases: _Increases, counters: Iterable[str]) -> list[Reading]:
    readings = []
    for (counter, service, route), keys in groupby(sorted(increases.grown), key=lambda key: key[:3]):
        by_group = groupby(keys, key=lambda key: key.group)
        seen = sum(max(increases.grown[key] for key in overlapping) for _, overlapping in by_group)
        reading = _reading(counter, node, window, seen, increases)
        readings.append(replace(reading, service=service, route=route))
    absent = sorted(set(counters) - {reading.counter for reading in readings})
    return [*readings, *(replace(_reading(counter, node, window, 0, increases), most=None) for counter in absent)]


def _reading(counter: str, node: str, window: Window, seen: int, increases: _Increases) -> Reading:
    known, is_whole = KNOWN_COUNTERS[counter], not increases.resets
    reading = Reading.of_increase(counter, known.scope, known.certainty, node, window, seen, is_whole=is_whole)
    return replace(reading, resets=increases.resets)


def _require_one_node(scrapes: Sequence[Scrape]) -> None:
    ids = [scrape.started.get(NODE_ID) for scrape in scrapes]
    changes = [each for each, _ in groupby(known for known in ids if known is not None)]
    if len(changes) != len(set(changes)):
        raise _two_nodes(scrapes[-1], scrapes[0])


def _two_nodes(one: Scrape, other: Scrape) -> InputError:
    name = f"the node {one.node}" if one.node else "a node without a name"
    return InputError(
        f"it and {other.where} are scrapes of two nodes, and both are said to be of {name}",
        where=one.where,
        do="name the files NODE_2026-02-01T000000Z.prom, or write `# node NODE` into them",
    )
