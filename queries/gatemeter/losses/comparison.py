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
from gatemeter.losses.reading import Reading, added_up
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
    of_counter_and_month = _grouped(_with_all_nodes(months), lambda each: (each.counter, each.window.month))
    of_counter = _grouped(days, lambda each: each.counter)
    counts: list[ComparedCount] = []
    for (counter, _), readings in sorted(of_counter_and_month.items()):
        counts += _CounterMonth(readings, of_counter.get(counter, []), own, tolerance, plugins).compared()
    return GatewayComparison(at, counts, own.duplicates, tolerance)


def _with_all_nodes(readings: Iterable[Reading]) -> list[Reading]:
    """Of a counter that a node told once, and of no month, the months have no upper bound."""
    found = list(readings)
    partial = {each.counter for each in found if each.window.is_since_unknown}
    return [
        replace(each, most=None) if each.counter in partial and not each.window.is_since_unknown else each
        for each in found
    ]


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
        total = gap_of(replace(added_up(self.readings), service="", route=""), self.own)
        services = [self._service(readings, total.reading) for _, readings in sorted(by_service.items())]
        names = frozenset(by_service)
        found = [self._compared(total, self.readings, services, self.days, names)]
        for gap in services:
            readings = by_service[gap.reading.service]
            routes = _grouped((each for each in readings if each.route), lambda each: each.route)
            parts = (
                [gap_of(added_up(of_route), self.own) for of_route in routes.values()] if gap.is_certain_loss else []
            )
            days = [day for day in self.days if day.service == gap.reading.service]
            found.append(self._compared(gap, readings, parts, days, names))
        return found

    def _service(self, readings: Sequence[Reading], total: Reading) -> Gap:
        """A node of which not all is known may have counted requests to any service."""
        service = replace(added_up(readings), route="")
        return gap_of(service if total.most is not None else replace(service, most=None), self.own)

    def _compared(
        self,
        gap: Gap,
        readings: Sequence[Reading],
        parts: Sequence[Gap],
        days: Sequence[Reading],
        services: frozenset[str],
    ) -> ComparedCount:
        daily = self._days(gap.reading, days) if gap.is_certain_loss else []
        explained = explain(gap, Evidence(parts, daily, services, self.own, self.plugins))
        is_to_be_counted = not (explained.cause.is_expected or gap.reading.window.is_since_unknown)
        is_finding = self.tolerance.is_exceeded_by(gap) and is_to_be_counted
        by_node = _grouped(readings, lambda each: each.node)
        nodes = {node: sum(each.seen for each in found) for node, found in sorted(by_node.items())}
        return ComparedCount(gap, explained, is_finding, nodes)

    def _days(self, whole: Reading, days: Sequence[Reading]) -> list[Gap]:
        """The gap of each day of a window, over all nodes, services and routes of `days`."""
        within = [
            day
            for day in days
            if day.window.start.earliest >= whole.window.start.earliest
            and day.window.end.latest <= whole.window.end.latest
        ]
        by_date = _grouped(within, lambda each: each.window.middle.date())
        return [
            gap_of(replace(added_up(found), service=whole.service, route=""), self.own)
            for _, found in sorted(by_date.items())
        ]


def _grouped(readings: Iterable[Reading], key: Callable[[Reading], Key]) -> dict[Key, list[Reading]]:
    groups: dict[Key, list[Reading]] = defaultdict(list)
    for reading in readings:
        groups[key(reading)].append(reading)
    return dict(groups)
