"""Which plans an exported period is told by, and whether its numbers may still change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from clickhouse_connect.driver.client import Client

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closed_periods import basis_of
from gatemeter.billing.closing import bill_of
from gatemeter.billing.rating_basis import RatingBasis
from gatemeter.billing.statement import Statement, statement_of
from gatemeter.billing.statement_plans import default_rule, plan_books, plans_of
from gatemeter.billing.statement_store import intact_statements
from gatemeter.plans.billable_rule import DEFAULT_RULE
from gatemeter.plans.plan import Account, PlanBook


@dataclass(frozen=True, slots=True)
class ExportedPeriod:
    """`lines` of all accounts, or of `account` alone; `notes` say what is in no line.

    Without `statement` it is a preview.
    """

    period: BillingPeriod
    account: str | None
    book: PlanBook
    statement: Statement | None
    lines: Sequence[BillLine]
    notes: Sequence[str]
    accounts: Mapping[str, Account]
    """By id those of the plan file, and others that a correction is for."""
    corrected: Mapping[str, RatingBasis] = field(default_factory=dict)
    """By closed period that lines correct: what it was rated by for these lines."""

    @property
    def basis(self) -> RatingBasis:
        """What its usage is told by: of a closed period the plans and the default rule of its statement."""
        return RatingBasis((self.book,), default_rule(self.statement) if self.statement else DEFAULT_RULE)


def exported_period(
    client: Client, book: PlanBook, period: BillingPeriod, only_account: str | None = None
) -> ExportedPeriod:
    """The period by its statement and the plans in there where it is closed, else by `book`. Raises as `bill_of`."""
    statements = intact_statements(client)
    closed = statement_of(statements, period)
    used = book if closed is None else plans_of(closed)
    found = bill_of(client, used, period, only_account)
    accounts = _accounts(used, found.lines, statements)
    before = statements if closed is None else statements[: statements.index(closed)]
    corrected = corrected_bases(before, used, found.lines)
    return ExportedPeriod(period, only_account, used, closed, found.lines, found.notes, accounts, corrected)


def corrected_bases(
    before: Sequence[Statement], book: PlanBook, lines: Iterable[BillLine]
) -> Mapping[str, RatingBasis]:
    """By period that `lines` correct what it was rated by; `book` is the plan file of the lines, `before` all closed
    periods before theirs. Raises as `plans_of`.
    """
    periods = {line.correction_of for line in lines if line.correction_of}
    if not periods:
        return {}
    books = [*plan_books(before), book]
    return {each.period: basis_of(each, books[place:]) for place, each in enumerate(before) if each.period in periods}


def _accounts(book: PlanBook, lines: Iterable[BillLine], statements: Sequence[Statement]) -> Mapping[str, Account]:
    accounts = {each.id: each for each in book.accounts}
    for statement in reversed(statements):
        if all(line.account in accounts for line in lines):
            break
        accounts = {each.id: each for each in plans_of(statement).accounts} | accounts
    return accounts
