"""Closing a period: what stands in the way, and the statement that is written once nothing does."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from clickhouse_connect.driver.client import Client

from gatemeter.billing.account_calendars import require_same_calendars
from gatemeter.billing.account_moves import moved_usage, require_no_moves
from gatemeter.billing.bill import Bill, bill, require_account
from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closed_periods import booked_corrections, plan_books, unchanged_since, watched_hours
from gatemeter.billing.rating_basis import RatingBasis
from gatemeter.billing.statement import LogRange, Statement
from gatemeter.billing.statement_store import intact_statements
from gatemeter.clickhouse.query import fetch
from gatemeter.errors import ConflictError
from gatemeter.output.text import count_of
from gatemeter.plans.billable_rule import DEFAULT_RULE
from gatemeter.plans.plan import PlanBook
from gatemeter.reports.period import TimeSpan

_MOST_NAMED = 3
_HOUR = timedelta(hours=1)


class Acceptance(StrEnum):
    """What may be accepted where it is not known, and is then written into the statement."""

    IDLE = "idle"
    """Partitions whose latest event is not behind the period and its grace: more may be on its way."""
    UNPRICED = "unpriced"
    """Events that are in no quantity for want of a value, as calls without a price."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a period is closed, at the moment `now` (UTC)."""

    now: datetime
    grace: timedelta = timedelta(days=3)
    accepted: Collection[Acceptance] = ()


def bill_of(client: Client, book: PlanBook, period: BillingPeriod, only_account: str | None = None) -> Bill:
    """The lines of a period: those of its statement where it is closed, else rated now, with corrections if it is next.

    Raises as `bill` does.
    """
    statements = intact_statements(client)
    closed = next((each for each in statements if each.period == str(period)), None)
    if closed is not None:
        require_account(PlanBook.model_validate(closed.plans), only_account)
        note = f"{period} is closed: statement {closed.number} of {closed.closed_at}, sha256 {closed.sha256}"
        return Bill(_of_account(closed.lines, only_account), [note])
    found = bill(client, book, period, only_account)
    if not statements or period != _next(statements):
        return Bill(found.lines, [f"a preview of {period}: the period is not closed", *found.notes])
    _require_same_hours(client, statements[-1], book)
    corrections = _of_account(booked_corrections(client, statements, book, period).lines, only_account)
    note = f"a preview of {period}, which is the next to be closed: {count_of(len(corrections), 'correction')}"
    return Bill([*found.lines, *corrections], [note, *found.notes])


def next_statement(client: Client, book: PlanBook, period: BillingPeriod, terms: Terms) -> Statement:
    """The statement that closes `period`, not stored yet.

    Raises ConflictError, naming all that stands in the way, and as `bill` does.
    """
    statements = intact_statements(client)
    _require_next(statements, period)
    if statements:
        _require_same_hours(client, statements[-1], book)
    # Before the bill: what is consumed while it is made must not let a partition look as if all of it were billed.
    logs = fetch(client, "billing/closed_logs", {"now": f"{terms.now:%Y-%m-%d %H:%M:%S}"})
    hours = watched_hours(client, period, RatingBasis((book,)).accounts(client, period))
    found = bill(client, book, period)
    corrections = booked_corrections(client, statements, book, period)
    spans = period.spans(client, book.accounts).values()
    end = max(each.end for each in spans)
    idle = _idle(logs, end + terms.grace)
    lines = [*found.lines, *corrections.lines]
    missing = _missing(lines)
    _require_ready(period, end, terms, idle, missing)
    whole = TimeSpan(min(each.start for each in spans), end)
    prices = fetch(client, "billing/used_prices", whole.parameters)
    return Statement(
        number=len(statements) + 1,
        period=str(period),
        closed_at=f"{terms.now:%Y-%m-%dT%H:%M:%SZ}",
        grace_hours=int(terms.grace / _HOUR),
        previous_sha256=statements[-1].sha256 if statements else None,
        plans=book.document,
        price_versions=tuple(row["price_version"] for row in prices),
        rules=tuple(sorted({rules for row in logs for rules in row["rules"]})),
        logs=tuple(_log_range(row) for row in logs),
        accepted=(*_said_of(idle, missing), *_late_moves(client, statements), *found.notes),
        lines=tuple(lines),
        billable_default=DEFAULT_RULE.model_dump(mode="json"),
        rated=(*unchanged_since(client, hours), *corrections.rated),
    ).sealed()


def _of_account(lines: Sequence[BillLine], account: str | None) -> Sequence[BillLine]:
    return [line for line in lines if account in (None, line.account)]


def _next(statements: Sequence[Statement]) -> BillingPeriod:
    return BillingPeriod.parse(statements[-1].period).following


def _require_next(statements: Sequence[Statement], period: BillingPeriod) -> None:
    closed = next((each for each in statements if each.period == str(period)), None)
    if closed is not None:
        raise ConflictError(
            f"{period} is closed already, by statement {closed.number} of {closed.closed_at}",
            do="what has come later is corrected in the next period that is closed",
        )
    if statements and str(period) < statements[0].period:
        raise ConflictError(
            f"{period} is before {statements[0].period}, the first period that was closed",
            do="bill it outside gatemeter: periods are closed in order",
        )
    if statements and period != _next(statements):
        raise ConflictError(f"{period} is not the next period to close", do=f"close {_next(statements)} first")


def _require_same_hours(client: Client, last: Statement, book: PlanBook) -> None:
    require_same_calendars(last, book)
    before = PlanBook.model_validate(last.plans)
    require_no_moves(client, before, book, BillingPeriod.parse(last.period))


def _late_moves(client: Client, statements: Sequence[Statement]) -> Iterator[str]:
    """Usage that came too late to refuse the plan file that moves it."""
    books = list(plan_books(statements))
    for each, before, after in zip(statements, books, books[1:], strict=False):
        if before is not after:
            for said in moved_usage(client, before, after, BillingPeriod.parse(each.period)):
                yield f"billed twice, or never, about the end of {each.period}: {said}"


def _missing(lines: Sequence[BillLine]) -> Mapping[str, int]:
    """By charge, how many events have no value that were not said to have none before."""
    found: Counter[str] = Counter()
    for line in lines:
        found[_charge_of(line)] += line.missing
    return {charge: events for charge, events in found.items() if events > 0}


def _idle(logs: Sequence[dict[str, object]], until: datetime) -> Sequence[str]:
    """The partitions of which no event has come yet that is behind `until`."""
    if not logs:
        return ("every log: nothing has been consumed",)
    late = [row for row in logs if row["latest_s"] is None or int(str(row["latest_s"])) < until.timestamp()]
    return [f"{row['topic']}[{row['partition']}]" for row in late]


def _require_ready(
    period: BillingPeriod, end: datetime, terms: Terms, idle: Sequence[str], missing: Mapping[str, int]
) -> None:
    obstacles = []
    if terms.now < end + terms.grace:
        obstacles.append(f"it and its grace end at {end + terms.grace:%Y-%m-%dT%H:%MZ}")
    if idle and Acceptance.IDLE not in terms.accepted:
        obstacles.append(f"events before {end + terms.grace:%Y-%m-%dT%H:%MZ} may still come in {_named(idle)} (idle)")
    if missing and Acceptance.UNPRICED not in terms.accepted:
        obstacles.append(f"events without a value are in no quantity of {_named([*missing])} (unpriced)")
    if obstacles:
        raise ConflictError(
            f"{period} cannot be closed: {'; '.join(obstacles)}",
            do="wait, or mend it; --accept takes what is in parentheses, and writes it into the statement",
        )


def _said_of(idle: Sequence[str], missing: Mapping[str, int]) -> Iterator[str]:
    if idle:
        yield f"idle: events may still come in {', '.join(idle)}"
    for charge, events in missing.items():
        yield f"unpriced: {events} events of {charge} have no value"


def _charge_of(line: BillLine) -> str:
    return f"{line.account}/{line.charge}" + (f" of {line.correction_of}" if line.correction_of else "")


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _log_range(row: dict[str, object]) -> LogRange:
    return msgspec.convert({name: row[name] for name in LogRange.__struct_fields__}, LogRange)
