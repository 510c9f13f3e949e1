"""Closing a period: what stands in the way, and the statement that is written once nothing does."""

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

import msgspec
from clickhouse_connect.driver.client import Client

from gatemeter.billing.account_moves import moved_usage, require_same_hours
from gatemeter.billing.bill import Bill, bill, require_account
from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closed_periods import booked_corrections, unchanged_since, watched_hours
from gatemeter.billing.closing_obstacles import (
    Terms,
    accepted_notes,
    idle_partitions,
    missing_values,
    not_asked,
    require_ready,
)
from gatemeter.billing.earlier_usage import earlier_usage
from gatemeter.billing.rating_basis import RatingBasis
from gatemeter.billing.statement import DeadLetterCount, LogRange, Statement, statement_of
from gatemeter.billing.statement_plans import plan_books, plans_of
from gatemeter.billing.statement_store import intact_statements
from gatemeter.clickhouse.query import fetch
from gatemeter.errors import ConflictError
from gatemeter.output.text import count_of
from gatemeter.plans.billable_rule import DEFAULT_RULE
from gatemeter.plans.plan import PlanBook
from gatemeter.reports.period import TimeSpan

_MOST_NAMED = 3
_HOUR = timedelta(hours=1)


def bill_of(client: Client, book: PlanBook, period: BillingPeriod, only_account: str | None = None) -> Bill:
    """The lines of a period: those of its statement where it is closed, else rated now, with corrections if it is next.

    Raises as `bill` does.
    """
    statements = intact_statements(client)
    closed = statement_of(statements, period)
    if closed is not None:
        require_account(plans_of(closed), only_account)
        note = f"{period} is closed: statement {closed.number} of {closed.closed_at}, sha256 {closed.sha256}"
        return Bill(_of_account(closed.lines, only_account), [note, *_accepted(closed, only_account)])
    found = bill(client, book, period, only_account, told_before=_told_before(statements))
    if not statements or period != _next(statements):
        return Bill(found.lines, [_preview_note(period, statements), *found.notes])
    require_same_hours(client, statements, book)
    corrections = booked_corrections(client, statements, book, period)
    lines = _of_account(corrections.lines, only_account)
    note = f"a preview of {period}, which is the next to be closed: {count_of(len(lines), 'correction')}"
    return Bill([*found.lines, *lines], [note, *corrections.notes, *found.notes])


def next_statement(client: Client, book: PlanBook, period: BillingPeriod, terms: Terms) -> Statement:
    """The statement that closes `period`, not stored yet.

    Raises ConflictError, naming all that stands in the way, and as `bill` does.
    """
    statements = intact_statements(client)
    _require_next(statements, period)
    if statements:
        require_same_hours(client, statements, book)
    # Before the bill: what is consumed while it is made must not let a partition look as if all of it were billed.
    logs = fetch(client, "billing/closed_logs", {"now": f"{terms.now:%Y-%m-%d %H:%M:%S}"})
    hours = watched_hours(client, period, RatingBasis((book,)).accounts(client, period))
    found = bill(client, book, period, told_before=_told_before(statements))
    corrections = booked_corrections(client, statements, book, period)
    spans = period.spans(client, book.accounts).values()
    end = max(each.end for each in spans)
    idle = idle_partitions(logs, end + terms.grace, terms)
    lines = [*found.lines, *corrections.lines]
    missing = missing_values(lines)
    earlier = earlier_usage(client, book, BillingPeriod.parse(statements[0].period) if statements else period)
    whole = TimeSpan(min(each.start for each in spans), end)
    doubts = list(dict.fromkeys(said for span in (whole, *corrections.spans) for said in terms.doubts_of(span)))
    require_ready(period, end, terms, idle, missing, () if statements else earlier, doubts)
    return Statement(
        number=len(statements) + 1,
        period=str(period),
        closed_at=f"{terms.now:%Y-%m-%dT%H:%M:%SZ}",
        grace_hours=int(terms.grace / _HOUR),
        previous_sha256=statements[-1].sha256 if statements else None,
        plans=book.document,
        price_versions=_price_versions(client, [whole, *corrections.spans]),
        rules=tuple(sorted({rules for row in logs for rules in row["rules"]})),
        logs=tuple(_log_range(row) for row in logs),
        accepted=(
            *accepted_notes(idle, missing, doubts),
            *not_asked(logs, terms),
            *earlier,
            *_late_moves(client, statements),
            *corrections.notes,
            *found.notes,
        ),
        lines=tuple(lines),
        billable_default=DEFAULT_RULE.model_dump(mode="json"),
        dead_letters=_dead_letters(client, whole),
        rated=(*unchanged_since(client, hours), *corrections.rated),
    ).sealed()


def _preview_note(period: BillingPeriod, statements: Sequence[Statement]) -> str:
    if statements and period < BillingPeriod.parse(statements[0].period):
        first = statements[0].period
        return (
            f"a preview of {period}, which is never closed: {first} is the first period that was, and they go in order"
        )
    return f"a preview of {period}: the period is not closed"


def _of_account(lines: Sequence[BillLine], account: str | None) -> Sequence[BillLine]:
    return [line for line in lines if account in (None, line.account)]


def _accepted(closed: Statement, only_account: str | None) -> Sequence[str]:
    """What was not known, and is on no bill; of one account no word of others, which may be another's customers."""
    if only_account is None or not closed.accepted:
        return closed.accepted
    return [f"its statement says what was accepted, of all accounts: gatemeter statement show --period {closed.period}"]


def _told_before(statements: Sequence[Statement]) -> Collection[str]:
    return {each.id for each in plans_of(statements[-1]).accounts} if statements else ()


def _next(statements: Sequence[Statement]) -> BillingPeriod:
    return BillingPeriod.parse(statements[-1].period).following


def _require_next(statements: Sequence[Statement], period: BillingPeriod) -> None:
    closed = statement_of(statements, period)
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


def _late_moves(client: Client, statements: Sequence[Statement]) -> Iterator[str]:
    """Usage that came too late to refuse the plan file that moves it."""
    books = list(plan_books(statements))
    for each, before, after in zip(statements, books, books[1:], strict=False):
        if before is not after:
            for said in moved_usage(client, before, after, BillingPeriod.parse(each.period)):
                yield f"billed twice, or never, about the end of {each.period}: {said}"


def _price_versions(client: Client, spans: Sequence[TimeSpan]) -> tuple[str, ...]:
    rows = (row for span in spans for row in fetch(client, "billing/used_prices", span.parameters))
    return tuple(sorted({row["price_version"] for row in rows}))


def _dead_letters(client: Client, span: TimeSpan) -> tuple[DeadLetterCount, ...]:
    rows = fetch(client, "billing/dead_letters", span.parameters)
    return tuple(msgspec.convert(row, DeadLetterCount, strict=False) for row in rows)


def _log_range(row: dict[str, object]) -> LogRange:
    return msgspec.convert({name: row[name] for name in LogRange.__struct_fields__}, LogRange)
