"""A bill by what is stored now: each charge of each account as one line that explains itself."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.names_without_usage import idle_names_note
from gatemeter.billing.quantities import Used, used
from gatemeter.billing.rated_account import RatedAccount
from gatemeter.billing.rated_line import account_lines
from gatemeter.billing.rating_basis import RatingBasis
from gatemeter.billing.similar_names import SimilarNames
from gatemeter.billing.statement import Statement
from gatemeter.billing.statement_plans import default_rule
from gatemeter.billing.unbilled_hours import UnbilledHours
from gatemeter.billing.unbilled_usage import hours_without_plan
from gatemeter.errors import ConflictError, SettingsError
from gatemeter.output.text import shortened
from gatemeter.plans.amount import plain
from gatemeter.plans.billable_rule import DEFAULT_RULE
from gatemeter.plans.plan import Account, PlanBook
from gatemeter.reports.merged_subjects import merged_note
from gatemeter.reports.usage_parameters import Subject

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Bill:
    """Lines by account in the order of the plan file; `notes` say what is in no line."""

    lines: Sequence[BillLine]
    notes: Sequence[str]


def bill(
    client: Client,
    book: PlanBook,
    period: BillingPeriod,
    only_account: str | None = None,
    closed: Statement | None = None,
    told_before: Collection[str] = (),
) -> Bill:
    """Rate a period by the plans of `book`; one that `closed` has closed, as it would be by them.

    Then what is billable where `book` says nothing is what was, and quantities may be below 0. `told_before` are
    accounts whose hours on no plan the statement before has told. Raises SettingsError, ConflictError, also for a
    quantity below 0 of an open period, and as `fetch` does.
    """
    accounts_of(book, only_account)
    basis = RatingBasis((book,), DEFAULT_RULE if closed is None else default_rule(closed))
    all_rated = basis.accounts(client, period)
    rated = [each for each in all_rated if only_account in (None, each.account.id)]
    found = used(client, rated, basis.owners(all_rated), Subject(basis.subject))
    if closed is None:
        _require_counted(found, rated, period)
    lines = [line for each in rated for line in account_lines(each, period, found)]
    hours = [
        each
        for each in hours_without_plan(client, book, period, all_rated, told_before)
        if only_account in (None, each.account.id)
    ]
    unbilled = UnbilledHours(hours, basis.owners(all_rated), Subject(basis.subject), book.billable, basis.default_rule)
    without_plan = list(unbilled.notes(client, period, None if rated else found.unassigned))
    merged = merged_note(sorted(found.merged), Subject(book.subject))
    idle = idle_names_note(rated, found.seen, period)
    return Bill(
        lines,
        [
            *_missing_notes(found),
            *_of_nobody(found, book, only_account),
            *idle,
            *([merged] if merged else ()),
            *without_plan,
        ],
    )


def rated_again(client: Client, basis: RatingBasis, period: BillingPeriod) -> Sequence[BillLine]:
    """What a closed period costs by what is stored now; quantities may be below 0. Raises as `bill` does."""
    rated = basis.accounts(client, period)
    found = used(client, rated, basis.owners(rated), Subject(basis.subject))
    return [line for each in rated for line in account_lines(each, period, found)]


def _require_counted(found: Used, rated: Sequence[RatedAccount], period: BillingPeriod) -> None:
    for each in rated:
        for charge in each.metered:
            quantity = found.quantities[each.account.id, charge.name].billable
            if quantity < 0:
                raise ConflictError(
                    f"{charge.name}: a quantity of {plain(quantity)} {charge.meter} cannot be rated",
                    where=f"account {each.account.id}, {period}",
                    do="corrections took back more than was counted: see gatemeter verify",
                )


def accounts_of(book: PlanBook, only_account: str | None) -> Sequence[Account]:
    """All accounts, or the one of this id. Raises SettingsError where there is none."""
    if not book.accounts:
        raise SettingsError("the plan file has no accounts", where="--plans", do="name them as tables [[accounts]]")
    require_account(book, only_account)
    return [each for each in book.accounts if only_account in (None, each.id)]


def require_account(book: PlanBook, account: str | None) -> None:
    """Raise SettingsError for an account that the plan file does not have."""
    if account is not None and all(each.id != account for each in book.accounts):
        known = ", ".join(each.id for each in book.accounts[:_MOST_NAMED])
        raise SettingsError(f"there is no account {shortened(account)!r}", where="--account", do=f"name one as {known}")


def _missing_notes(found: Used) -> Iterator[str]:
    for (account, charge), quantity in found.quantities.items():
        if quantity.missing:
            yield f"account {account}, charge {charge}: {quantity.missing:,} events have no value and are not in it"


def _of_nobody(found: Used, book: PlanBook, only_account: str | None) -> Iterator[str]:
    """What no account has; beside the bill of one account no word of whose it is, which may be another's customers."""
    if only_account is None:
        names = SimilarNames.of(book.accounts)
        for meter, of_nobody in found.unassigned.items():
            yield from of_nobody.notes(meter, names=names)
    elif any(not of_nobody.is_empty for of_nobody in found.unassigned.values()):
        yield "on no bill: usage of consumers that no account has; the bill of all accounts says how much, and whose"
