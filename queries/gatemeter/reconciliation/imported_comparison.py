"""Requests by consumer that another system has counted, beside those that were counted here.

Kong's billable plugin counts consumers that have authenticated, so requests without a consumer are not a finding
(docs/billable.md).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

from gatemeter.losses.gap import Tolerance
from gatemeter.output.placeholders import NOBODY
from gatemeter.reports.absence import first_stored_hour
from gatemeter.reports.billable import BillableParameters, BillableRow, billable_report
from gatemeter.reports.period import Period, TimeSpan, parse_period
from gatemeter.reports.usage_parameters import AllowedRows
from gatemeter.schema import API_USAGE

BEFORE_COUNTING = "counting began later"
NOBODYS = "the other system does not count requests of nobody"


class StatedRequests(NamedTuple):
    """What another system says of a consumer in a period; names are '' where it tells none."""

    source: str
    period: str
    names: tuple[str, str, str]
    """The consumer's id, user name and custom id."""
    requests: int


@dataclass(frozen=True, slots=True)
class ComparedRequests:
    """A consumer in a period. `cause` is '' where nothing explains a difference."""

    source: str
    period: str
    consumer: str
    stated: int
    counted: int
    cause: str
    is_finding: bool

    def record(self) -> dict[str, Any]:
        """A row of every form of output; docs/reconcile.md describes the columns."""
        return {
            "source": self.source,
            "period": self.period,
            "consumer": self.consumer,
            "stated": self.stated,
            "counted": self.counted,
            "difference": self.stated - self.counted,
            "cause": self.cause or None,
            "is_finding": self.is_finding,
        }


COMPARED_REQUESTS_COLUMNS = ("source", "period", "consumer", "stated", "counted", "difference", "cause", "is_finding")


def compare_requests(
    client: Client, stated: Sequence[StatedRequests], kind: Period, tolerance: Tolerance
) -> list[ComparedRequests]:
    """Compare by source, period and consumer; periods are of UTC. Raises as `billable_report` does."""
    first = first_stored_hour(client, API_USAGE.name, AllowedRows())
    found: list[ComparedRequests] = []
    periods = sorted({each.period for each in stated})
    starts = {period: _span(period, kind).start for period in periods}
    counted = _counted(client, periods, kind)
    for source in sorted({each.source for each in stated}):
        for period in periods:
            of_period = [each for each in stated if (each.source, each.period) == (source, period)]
            if of_period:
                is_early = first is None or starts[period] < first
                found += _compared(of_period, counted.get(period, []), tolerance, is_early=is_early)
    return found


def _compared(
    stated: Sequence[StatedRequests], counted: Sequence[BillableRow], tolerance: Tolerance, *, is_early: bool
) -> Iterable[ComparedRequests]:
    source, period = stated[0].source, stated[0].period
    taken: set[str] = set()
    for each in stated:
        rows = [row for row in counted if row.consumer_id not in taken and _is_of(each.names, row)]
        taken.update(row.consumer_id for row in rows)
        ours = sum(row.requests for row in rows)
        is_beyond = abs(each.requests - ours) > tolerance.of(each.requests)
        cause = BEFORE_COUNTING if is_early and each.requests > ours else ""
        shown = next(name for name in (each.names[1], each.names[2], each.names[0]) if name)
        yield ComparedRequests(source, period, shown, each.requests, ours, cause, is_beyond and not cause)
    for row in counted:
        if row.consumer_id not in taken:
            cause = NOBODYS if row.consumer_id == NOBODY else ""
            shown = row.consumer_username or row.consumer_custom_id or row.consumer_id
            is_finding = not cause and row.requests > tolerance.of(0)
            yield ComparedRequests(source, period, shown, 0, row.requests, cause, is_finding)


def _is_of(names: tuple[str, str, str], row: BillableRow) -> bool:
    """By the first name that the other system tells: the id, the user name, the custom id."""
    ours = (row.consumer_id, row.consumer_username, row.consumer_custom_id)
    told = next((at for at, name in enumerate(names) if name), 0)
    return names[told] == ours[told]


def _counted(client: Client, periods: Sequence[str], kind: Period) -> Mapping[str, list[BillableRow]]:
    spans = [_span(period, kind) for period in periods]
    span = TimeSpan(min(each.start for each in spans), max(each.end for each in spans))
    counted: dict[str, list[BillableRow]] = defaultdict(list)
    for row in billable_report(client, BillableParameters(period=kind, span=span)):
        counted[row.period].append(row)
    return counted


def _span(period: str, kind: Period) -> TimeSpan:
    if kind is Period.WEEK:
        start = datetime.fromisoformat(period).replace(tzinfo=UTC)
        return TimeSpan(start, start + 7 * (_span(period, Period.DAY).end - start))
    return parse_period(period)[1]
