"""Explains a line of a bill by its id: the prices that held, whose usage it is, and where its events are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from clickhouse_connect.driver.client import Client

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closed_periods import basis_of
from gatemeter.billing.closing import bill_of
from gatemeter.billing.quantities import Quantity, used
from gatemeter.billing.rated_account import RatedAccount
from gatemeter.billing.rating import difference, rate, total
from gatemeter.billing.rating_basis import RatingBasis
from gatemeter.billing.statement import Statement, statement_of
from gatemeter.billing.statement_plans import plan_books
from gatemeter.billing.statement_store import intact_statements
from gatemeter.errors import ConflictError, InputError, SettingsError
from gatemeter.exports.exported_line import exported_lines
from gatemeter.plans.amount import plain
from gatemeter.plans.billable_rule import BillableRule
from gatemeter.plans.charge import Charge, Flat
from gatemeter.plans.plan import PlanBook
from gatemeter.reports.usage_parameters import Subject

_SHORTEST_ID = 8
"""Hex digits of an id; a shorter part of one could be of many lines."""


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line with its `id` and `key`, as exports have them; without `statement` it is a preview."""

    id: str
    key: str
    line: BillLine
    statement: Statement | None = None

    @property
    def usage_period(self) -> BillingPeriod:
        """The period of the usage: of a correction the closed one that it corrects."""
        return BillingPeriod.parse(self.line.correction_of or self.line.period)


@dataclass(frozen=True, slots=True)
class LineExplanation:
    """What is known of a line.

    `rated` is the account with the plan and the hours that the line was rated by, and `charge` that of the plan.
    `rule` says what is billable of its meter, None for all. `stored` is what the store has now of the whole usage
    period, and `offsets` where its events are; both are None for a flat amount. `booked` are all lines of the charge
    that were closed for the usage period so far, in their order.
    """

    found: PlacedLine
    rated: RatedAccount
    charge: Charge
    rule: BillableRule | None
    subject: Subject
    stored: Quantity | None
    offsets: str | None
    booked: Sequence[PlacedLine]

    @property
    def is_as_rated(self) -> bool:
        """Whether the charge gives the exact amount of the line for its quantity; True where that cannot be asked.

        A correction is the difference of two ratings, and its own quantity has no price.
        """
        line, charge = self.found.line, self.charge
        if line.correction_of is not None or line.quantity is None or isinstance(charge, Flat):
            return True
        return plain(rate(charge, Decimal(line.quantity)).amount) == line.amount_exact

    @property
    def difference(self) -> Decimal | None:
        """How much more is stored now than all of `booked`, or than a preview, say; None where one is not known."""
        lines = [each.line for each in self.booked] or [self.found.line]
        if self.stored is None or not self.stored.is_known or any(line.quantity is None for line in lines):
            return None
        return difference(self.stored.billable, total([Decimal(line.quantity or 0) for line in lines]))


def explain_line(client: Client, line_id: str, book: PlanBook | None, period: BillingPeriod | None) -> LineExplanation:
    """The line whose `id` or `key` begins with `line_id`: of a statement, else of the preview of `period` by `book`.

    Raises SettingsError for a text that is not an id or is that of several lines, InputError where no line has it, and
    as `bill_of` does.
    """
    statements = intact_statements(client)
    found = _find(client, _as_id(line_id), statements, book, period)
    basis = _basis(found, statements, book)
    accounts = basis.accounts(client, found.usage_period)
    rated = next((each for each in accounts if each.account.id == found.line.account), None)
    charge = next((each for each in rated.plan.charges if each.name == found.line.charge), None) if rated else None
    if rated is None or charge is None:
        raise ConflictError(
            f"the plan file of the line has no charge {found.line.charge} of account {found.line.account}",
            do="see gatemeter statement check",
        )
    subject = Subject(basis.subject)
    booked = _booked(statements, found)
    if isinstance(charge, Flat):
        return LineExplanation(found, rated, charge, None, subject, None, None, booked)
    stored = used(client, [rated], basis.owners(accounts), subject)
    key = (rated.account.id, charge.name)
    offsets = found.line.offsets
    if offsets is None:
        offsets = stored.offsets.get((rated.account.id, charge.meter), "")
    rule = rated.rule_for(charge.meter)
    return LineExplanation(found, rated, charge, rule, subject, stored.quantities[key], offsets, booked)


def placed_lines(lines: Sequence[BillLine], statement: Statement | None = None) -> Iterator[PlacedLine]:
    """`lines`, which are all of a bill, with their ids."""
    for line, members in zip(lines, exported_lines(lines), strict=True):
        yield PlacedLine(members["id"], members["key"], line, statement)


def _as_id(text: str) -> str:
    wanted = text.strip().lower()
    if len(wanted) < _SHORTEST_ID or not set(wanted) <= set("0123456789abcdef"):
        raise SettingsError(
            "an id of a line is hex digits, all or the first 8 and more",
            where="--line",
            do="copy it from gatemeter bill --json, statement show --json or an export",
        )
    return wanted


def _find(
    client: Client, wanted: str, statements: Sequence[Statement], book: PlanBook | None, period: BillingPeriod | None
) -> PlacedLine:
    closed = (each for statement in statements for each in placed_lines(statement.lines, statement))
    found = [each for each in closed if _has(each, wanted)]
    if not found and book is not None and period is not None and statement_of(statements, period) is None:
        found = [each for each in placed_lines(bill_of(client, book, period).lines) if _has(each, wanted)]
    if len(found) > 1:
        raise SettingsError(
            f"{len(found)} lines have ids that begin so", where="--line", do="give more digits of the id"
        )
    if not found:
        asked = f", nor the preview of {period}" if period is not None and book is not None else ""
        raise InputError(
            f"no closed line has the id {wanted}{asked}",
            where="--line",
            do="for a line of a preview give --plans and --period; its id changes with what it says, its key does not",
        )
    return found[0]


def _has(each: PlacedLine, wanted: str) -> bool:
    return each.id.startswith(wanted) or each.key.startswith(wanted)


def _basis(found: PlacedLine, statements: Sequence[Statement], book: PlanBook | None) -> RatingBasis:
    """What the usage period of the line was rated by when the line was made."""
    books = list(plan_books(statements))
    usage_period = str(found.usage_period)
    last = len(statements) if found.statement is None else found.statement.number
    later = [book] if found.statement is None and book is not None else []
    for place, statement in enumerate(statements):
        if statement.period == usage_period:
            return basis_of(statement, [*books[place:last], *later])
    return RatingBasis(later)


def _booked(statements: Sequence[Statement], found: PlacedLine) -> Sequence[PlacedLine]:
    """All closed lines of the same account, charge and usage period."""
    line = found.line
    return [
        each
        for statement in statements
        for each in placed_lines(statement.lines, statement)
        if (each.line.account, each.line.charge, each.usage_period) == (line.account, line.charge, found.usage_period)
    ]


def shares_of(stored: Quantity) -> Mapping[str, Decimal]:
    """What each consumer used of a quantity, the most first."""
    return dict(sorted(stored.by_consumer.items(), key=lambda each: (-each[1], each[0])))
