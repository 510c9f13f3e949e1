"""Closed periods, and which of them have to be rated again: those whose rows were written since, or that got accounts.

Whoever writes usage adds to `usage_touches` before, and the database with the rows (docs/adr/0017). So what a period
costs cannot have changed while the touches of its hours are those that the last statement that rated it has noted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from clickhouse_connect.driver.client import Client

from gatemeter.billing.bill import rated_again
from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.corrections import correction_lines
from gatemeter.billing.rated_account import RatedAccount
from gatemeter.billing.rating_basis import RatingBasis
from gatemeter.billing.statement import RatedHours, Statement
from gatemeter.billing.statement_plans import default_rule, plan_books
from gatemeter.clickhouse.query import fetch
from gatemeter.plans.plan import PlanBook
from gatemeter.reports.period import TimeSpan


@dataclass(frozen=True, slots=True)
class Corrections:
    """The lines that correct closed periods, and `notes` on what was not looked at.

    `spans` were rated again for them; `rated` are those of which no row was written meanwhile.
    """

    lines: Sequence[BillLine]
    spans: Sequence[TimeSpan]
    rated: Sequence[RatedHours]
    notes: Sequence[str]


def booked_corrections(
    client: Client, statements: Sequence[Statement], book: PlanBook, period: BillingPeriod
) -> Corrections:
    """What `period` has to correct of all `statements`, if it is closed by the plans of `book`.

    Raises as `rated_again` does.
    """
    books = list(plan_books(statements))
    booked = [line for each in statements for line in each.lines]
    lines: list[BillLine] = []
    spans: list[TimeSpan] = []
    rated: list[RatedHours] = []
    for place, each in enumerate(statements):
        closed = BillingPeriod.parse(each.period)
        before = basis_of(each, books[place:])
        basis = basis_of(each, [*books[place:], book])
        hours = watched_hours(client, closed, basis.accounts(client, closed))
        if not before.may_add(book, closed) and hours in _noted(statements[place:]):
            continue
        today = rated_again(client, basis, closed)
        spans += [_span(hours)] if hours.first_hour else []
        rated += unchanged_since(client, hours)
        billed = [line for line in booked if each.period == (line.correction_of or line.period)]
        lines += correction_lines(str(period), each.period, today, billed, book.corrections)
    return Corrections(lines, spans, rated, list(_other_names(statements, books, book)))


def basis_of(closed: Statement, books: Sequence[PlanBook]) -> RatingBasis:
    """What the period of `closed` is rated by: `books` are the plan file of its statement and of those behind it."""
    return RatingBasis(_distinct(books), default_rule(closed))


def watched_hours(client: Client, period: BillingPeriod, accounts: Sequence[RatedAccount]) -> RatedHours:
    """The hours of all `accounts` in `period`, with their touches; to be taken before they are rated."""
    spans = [each.span for each in accounts]
    if not spans:
        return RatedHours(period=str(period), first_hour="", end_hour="", touches=0)
    span = TimeSpan(min(each.start for each in spans), max(each.end for each in spans))
    return RatedHours(
        period=str(period),
        first_hour=f"{span.start:%Y-%m-%dT%H:%M:%SZ}",
        end_hour=f"{span.end:%Y-%m-%dT%H:%M:%SZ}",
        touches=_touches(client, span),
    )


def unchanged_since(client: Client, hours: RatedHours) -> Iterator[RatedHours]:
    """`hours`, unless their rows were written after that: then it is not known which of them were rated."""
    if hours.first_hour and _touches(client, _span(hours)) == hours.touches:
        yield hours


def rated_span(statement: Statement) -> TimeSpan:
    """From the first hour that was rated for a statement to the last; without begin and end where that is not known."""
    rated = [] if statement.rated is msgspec.UNSET else statement.rated
    if all(each.period != statement.period for each in rated):
        return TimeSpan()
    spans = [_span(each) for each in rated]
    return TimeSpan(min(each.start for each in spans), max(each.end for each in spans))


def _span(hours: RatedHours) -> TimeSpan:
    return TimeSpan(datetime.fromisoformat(hours.first_hour), datetime.fromisoformat(hours.end_hour))


def _touches(client: Client, span: TimeSpan) -> int:
    [row] = fetch(client, "billing/touches", span.parameters)
    return int(row["touches"] or 0)


def _noted(statements: Sequence[Statement]) -> Iterator[RatedHours]:
    """Of each period the hours as the last of `statements` noted them that rated it."""
    last: dict[str, RatedHours | None] = {}
    for statement in statements:
        last.update({line.correction_of: None for line in statement.lines if line.correction_of})
        if statement.rated is not msgspec.UNSET:
            last.update({each.period: each for each in statement.rated})
    return (each for each in last.values() if each is not None)


def _other_names(statements: Sequence[Statement], books: Sequence[PlanBook], book: PlanBook) -> Iterator[str]:
    """That accounts of `book` get no usage of periods in which consumers had other names."""
    periods: dict[str, list[str]] = {}
    for statement, before in zip(statements, books, strict=True):
        if before.subject != book.subject:
            periods.setdefault(before.subject, []).append(statement.period)
    for subject, closed in periods.items():
        yield (
            f"consumers are named by {book.subject}, and were by {subject} from {closed[0]} to {closed[-1]}: usage of "
            "these periods that no account had is given to no account of this plan file"
        )


def _distinct(books: Sequence[PlanBook]) -> Sequence[PlanBook]:
    """Without those that say what the one before says, and those that name consumers otherwise than the first."""
    found: list[PlanBook] = []
    for each in books:
        if each.subject == books[0].subject and not (found and (each is found[-1] or each == found[-1])):
            found.append(each)
    return found
