"""A gateway's own counts beside ours: for each counter and month its sum, and each of its services."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from gatemeter.losses.causes import Evidence, Explained, explain
from gatemeter.losses.gap import Gap, Tolerance, gap_of
from gatemeter.losses.log_plugins import NO_INVENTORY, LogPlugins
from gatemeter.losses.own_requests import OwnRequests
from gatemeter.losses.reading import Reading, Scope, added_up
from gatemeter.losses.window import utc_text

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class ComparedCount:
    """A gap and its likely cause. `nodes` has what each node counted.

    `is_finding` says that the gap is beyond its bound and the tolerance, and that what is missing was to be counted by
    now.
    """

    gap: Gap
    explained: Explained
    is_finding: bool
    nodes: Mapping[str, int] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """A row of JSON and CSV, whose keys docs/loss.md describes; what is not known is None."""
        reading, window = self.gap.reading, self.gap.reading.window
        return {
            "month": window.month or None,
            "from": None if window.is_since_unknown else utc_text(window.start.earliest),
            "to": utc_text(window.end.latest),
            "counter": reading.counter,
            "scope": str(reading.scope),
            "certainty": str(reading.certainty),
            "service": reading.service or None,
            "gateway": reading.seen,
            "counted_least": self.gap.counted.least,
            "counted_most": self.gap.counted.most,
            "dead_letters_most": self.gap.dead_letters,
            "gap_least": self.gap.least,
            "gap_most": self.gap.most,
            "restarts": len(reading.resets),
            "cause": str(self.explained.cause),
            "reason": self.explained.reason,
            "is_finding": self.is_finding,
        }


@dataclass(frozen=True, slots=True)
class GatewayComparison:
    """Counts of a gateway beside ours, made at `at` (UTC); the sum of a counter and month comes before its services.

    `duplicates` are all copies that arrived: they are in no count.
    """

    at: datetime
    counts: Sequence[ComparedCount]
    duplicates: int
    tolerance: Tolerance

    @property
    def findings(self) -> int:
        """How many gaps are certain and beyond the tolerance."""
        return sum(each.is_finding for each in self.counts)

    def record(self) -> dict[str, Any]:
        """One JSON object, whose keys docs/loss.md describes."""
        return {
            "compared_at": utc_text(self.at),
            "tolerance": str(self.tolerance),
            "findings": self.findings,
            "duplicates": self.duplicates,
            "counts": [{**each.record(), "nodes": dict(each.nodes)} for each in self.counts],
        }


def compare(
    months: Iterable[Reading],
    days: Iterable[Reading],
    own: OwnRequests,
    tolerance: Tolerance,
    at: datetime,
    plugins: LogPlugins = NO_INVENTORY,
) -> GatewayComparison:
    """Readings by month beside our counts.

    `days` are readings of the same counters by day, and `plugins` what an inventory tells: both tell causes apart.
    """
    of_counter = _grouped(days, lambda each: each.counter)
    counts: list[ComparedCount] = []
    for (counter, _), readings in _of_months(months).items():
        counts += _CounterMonth(readings, of_counter.get(counter, []), own, tolerance, plugins).compared()
    return GatewayComparison(at, counts, own.duplicates, tolerance)


def _of_months(readings: Iterable[Reading]) -> dict[tuple[str, str], list[Reading]]:
    """The readings of each counter and month, without an upper bound where a node that has others has none of it.

    License reports know their own clusters.
    """
    found = list(readings)
    nodes = {
        counter: {each.node for each in of_counter}
        for counter, of_counter in _grouped(found, lambda each: each.counter).items()
    }
    groups = _grouped(found, lambda each: (each.counter, each.window.month))
    return {
        (counter, month): group
        if group[0].scope is Scope.LICENSED or nodes[counter] == {each.node for each in group}
        else [replace(each, most=None) for each in group]
        for (counter, month), group in sorted(groups.items())
    }


@dataclass(frozen=True, slots=True)
class _CounterMonth:
    """The readings of one counter in one month: of all its nodes, services and routes."""

    readings: Sequence[Reading]
    days: Sequence[Reading]
    own: OwnRequests
    tolerance: Tolerance
    plugins: LogPlugins

    def compared(self) -> list[ComparedCount]:
        by_service = _grouped((each for each in self.readings if each.service), lambda each: each.service)
        total = gap_of(_total(self.readings), self.own)
        services = {name: self._part(of_it, total.reading) for name, of_it in sorted(by_service.items())}
        found = [self._compared(total, self.readings, list(services.values()), frozenset(services))]
        for name, gap in services.items():
            routes = _grouped((each for each in by_service[name] if each.route), lambda each: each.route)
            parts = [self._part(of_it, total.reading, route) for route, of_it in routes.items()]
            found.append(self._compared(gap, by_service[name], parts, frozenset(services)))
        return found

    def _part(self, readings: Sequence[Reading], total: Reading, route: str = "") -> Gap:
        """A service or route. Any node of the total, and one of which not all is known, may have counted it too."""
        part = replace(added_up(readings), route=route, window=total.window)
        return gap_of(part if total.most is not None else replace(part, most=None), self.own)

    def _compared(
        self, gap: Gap, readings: Sequence[Reading], parts: Sequence[Gap], services: frozenset[str]
    ) -> ComparedCount:
        days = self._days(gap.reading) if gap.is_certain_loss else []
        explained = explain(gap, Evidence(parts, days, services, self.own, self.plugins))
        is_to_be_counted = not (explained.cause.is_expected or gap.reading.window.is_since_unknown)
        is_finding = self.tolerance.is_exceeded_by(gap) and is_to_be_counted
        by_node = _grouped(readings, lambda each: each.node)
        nodes = {node: sum(each.seen for each in found) for node, found in sorted(by_node.items())}
        return ComparedCount(gap, explained, is_finding, nodes)

    def _days(self, whole: Reading) -> list[Gap]:
        """The gap of each day of the window, of the service of `whole` or of all."""
        within = [
            day
            for day in self.days
            if day.window.start.earliest >= whole.window.start.earliest
            and day.window.end.latest <= whole.window.end.latest
        ]
        by_date = _grouped(within, lambda each: each.window.middle.date())
        found = []
        for _, of_day in sorted(by_date.items()):
            total = _total(of_day)
            chosen = [day for day in of_day if day.service == whole.service]
            if not whole.service:
                found.append(gap_of(total, self.own))
            elif chosen:
                found.append(self._part(chosen, total))
        return found


def _total(readings: Sequence[Reading]) -> Reading:
    return replace(added_up(readings), service="", route="")


def _grouped(readings: Iterable[Reading], key: Callable[[Reading], Key]) -> dict[Key, list[Reading]]:
    groups: dict[Key, list[Reading]] = defaultdict(list)
    for reading in readings:
        groups[key(reading)].append(reading)
    return dict(groups)
