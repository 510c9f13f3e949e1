"""License reports of the gateway vendor as readings: requests by month, of one or several clusters of nodes.

A report counts what all nodes of a cluster (a control plane and what it configures) counted, whichever node was asked.
Which requests that are, by which clock months change, and how soon a count reaches the database is not documented.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from pathlib import Path
from typing import Any

from gatemeter.errors import InputError
from gatemeter.inventory.license_report import facts_of_report, time_of_report
from gatemeter.inventory.report_counters import UNKNOWN, CounterFault, read_counters
from gatemeter.license_report.shapes import report_checksum
from gatemeter.losses.known_counters import LICENSE_REPORT
from gatemeter.losses.reading import Certainty, Reading, Scope, added_up
from gatemeter.losses.scrape import named_by_file
from gatemeter.losses.window import Edge, Window, month_window, since_unknown

_ACCEPTED = frozenset({CounterFault.NO_TOTAL, CounterFault.FURTHER_MEMBERS, CounterFault.DECIMAL_COUNT})
"""Later reports may count more, and Lua writes large numbers with an exponent. What may be meant in two ways is
compared with nothing."""

_WRITTEN_WITHIN = timedelta(hours=1)
"""How old a count may be that stands in the gateway's database; nothing public says it."""


@dataclass(frozen=True, slots=True)
class LicenseCounts:
    """The counters of one report: requests by month, or `since_license`, and what tells the cluster it is of.

    `undated` were counted before months were.
    """

    taken_at: datetime
    months: Mapping[str, int]
    cluster: str
    where: str
    since_license: int | None = None
    undated: int = 0


def license_counts(report: Mapping[str, Any], path: Path) -> LicenseCounts:
    """Read a report of any version. Raises InputError for what it cannot be, and for gatemeter's own reports."""
    where = str(path)
    if report.get("checksum") == report_checksum(dict(report)):
        raise InputError(
            "it is a report of gatemeter's own counts",
            where=where,
            do="give the one of GET /license/report on the gateway",
        )
    taken_at, cluster = _taken_at(report, path), _hostname(report, where) or named_by_file(path)[0] or where
    try:
        counters = read_counters(report.get("counters"), accepted=_ACCEPTED)
    except InputError as error:
        raise InputError(error.what, where=where, do=error.do) from None
    if counters.months is None:
        return LicenseCounts(taken_at, {}, cluster, where, since_license=counters.total)
    counts = {each.bucket: each.requests for each in counters.months}
    undated = counts.pop(UNKNOWN, 0)
    return LicenseCounts(taken_at, counts, cluster, where, undated=undated)


def readings_of_licenses(reports: Iterable[LicenseCounts], zone: tzinfo | None) -> list[Reading]:
    """A reading for each cluster and month. `zone` is the time zone of the gateway's months; None is not known.

    Where it is not known whether reports are of one cluster or of two, the reading holds both numbers.
    """
    clusters = _clusters(list(reports))
    months = sorted({month for cluster in clusters for report in cluster for month in report.months})
    readings = [_month_reading(clusters, month, zone) for month in months]
    return [*readings, *(_since_license(cluster) for cluster in clusters if cluster[-1].since_license is not None)]


def _month_reading(clusters: Sequence[Sequence[LicenseCounts]], month: str, zone: tzinfo | None) -> Reading:
    found = [
        _cluster_reading([report for report in cluster if month in report.months], month, zone)
        for cluster in clusters
        if any(month in report.months for report in cluster)
    ]
    total = added_up(found)
    if any(_may_have_counted(cluster, month, zone) for cluster in clusters):
        total = replace(total, most=None)
    if len(found) > 1 and not _are_known_apart(clusters):
        return replace(total, least=max(each.least or 0 for each in found))
    return total


def _may_have_counted(cluster: Sequence[LicenseCounts], month: str, zone: tzinfo | None) -> bool:
    """Whether a cluster's reports do not tell of the month because they are older than its end."""
    is_told = any(month in report.months for report in cluster)
    return not is_told and cluster[-1].taken_at < month_window(month, zone).end.latest


def _cluster_reading(reports: Sequence[LicenseCounts], month: str, zone: tzinfo | None) -> Reading:
    """By the last report; a count that fell began again, and what was counted before is not known."""
    last, window = reports[-1], month_window(month, zone)
    if last.taken_at < window.end.latest:
        end = Edge(last.taken_at - _WRITTEN_WITHIN, last.taken_at)
        window = Window(window.start, Edge(min(end.earliest, window.end.earliest), end.latest))
    counts = [report.months[month] for report in reports]
    resets = tuple(
        Edge(before.taken_at, after.taken_at)
        for before, after in pairwise(reports)
        if after.months[month] < before.months[month]
    )
    seen = max(counts) if resets else counts[-1]
    reading = Reading.of_increase(
        LICENSE_REPORT, Scope.LICENSED, Certainty.EXACT, last.cluster, window, seen, is_whole=not resets
    )
    return replace(reading, resets=resets)


def _since_license(cluster: Sequence[LicenseCounts]) -> Reading:
    last = cluster[-1]
    return Reading.of_increase(
        f"{LICENSE_REPORT}, since the license began",
        Scope.LICENSED,
        Certainty.EXACT,
        last.cluster,
        since_unknown(last.taken_at),
        last.since_license or 0,
        is_whole=True,
    )


def _clusters(reports: Sequence[LicenseCounts]) -> list[list[LicenseCounts]]:
    """The reports of each cluster by time: of one host, or with the same counts of months that were over."""
    clusters: list[list[LicenseCounts]] = []
    for report in sorted(reports, key=lambda each: (each.taken_at, each.where)):
        same = [cluster for cluster in clusters if any(_are_of_one(report, other) for other in cluster)]
        merged = [each for cluster in same for each in cluster]
        clusters = [cluster for cluster in clusters if cluster not in same]
        clusters.append(sorted([*merged, report], key=lambda each: (each.taken_at, each.where)))
    return clusters


def _are_of_one(one: LicenseCounts, other: LicenseCounts) -> bool:
    over = _months_over(one, other)
    return one.cluster == other.cluster or (
        bool(over) and all(one.months[month] == other.months[month] for month in over)
    )


def _are_known_apart(clusters: Sequence[Sequence[LicenseCounts]]) -> bool:
    return all(_months_over(one[-1], other[-1]) for at, one in enumerate(clusters) for other in clusters[at + 1 :])


def _months_over(one: LicenseCounts, other: LicenseCounts) -> list[str]:
    """The months with requests that both reports tell of and that were over in all time zones when they were made."""
    first = min(one.taken_at, other.taken_at)
    return [
        month
        for month in one.months.keys() & other.months.keys()
        if (one.months[month] or other.months[month]) and month_window(month, None).end.latest <= first
    ]


def _hostname(report: Mapping[str, Any], where: str) -> str:
    try:
        return facts_of_report(report).hostname
    except ValueError as error:
        raise InputError(str(error), where=where) from None


def _taken_at(report: Mapping[str, Any], path: Path) -> datetime:
    told, named = time_of_report(report), named_by_file(path)[1]
    if told is not None and told.timestamp() > 0:
        return told
    if named is None:
        raise InputError(
            "it has no timestamp",
            where=str(path),
            do="name the file NODE_2026-02-01T000000Z.json by when it was asked for",
        )
    return named
