"""A bill by what is stored now: each charge of each account as one line that explains itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Context, Decimal

from clickhouse_connect.driver.client import Client

from gatemeter.billing.account_index import AccountIndex
from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.quantities import Quantity, Used, used
from gatemeter.billing.rated_account import RatedAccount, rated_accounts
from gatemeter.billing.rating import Rated, rate, total
from gatemeter.errors import ConflictError, SettingsError
from gatemeter.metrics.catalogue import metric
from gatemeter.output.text import shortened
from gatemeter.plans.amount import plain
from gatemeter.plans.charge import Flat, Metered
from gatemeter.plans.minor_units import decimal_places
from gatemeter.plans.plan import Account, Plan, PlanBook, Rounding
from gatemeter.reports.merged_subjects import merged_note
from gatemeter.reports.usage_parameters import Subject

_MODES = {
    "half_even": ROUND_HALF_EVEN,
    "half_up": ROUND_HALF_UP,
    "up": ROUND_UP,
    "down": ROUND_DOWN,
}
_MOST_NAMED = 3
_ROUNDING_DIGITS = 100


@dataclass(frozen=True, slots=True)
class Bill:
    """Lines by account in the order of the plan file; `notes` say what is in no line."""

    lines: Sequence[BillLine]
    notes: Sequence[str]


def bill(client: Client, book: PlanBook, period: BillingPeriod, only_account: str | None = None) -> Bill:
    """Rate a period by the plans of `book`. Raises SettingsError, ConflictError, and as `fetch` does."""
    accounts = accounts_of(book, only_account)
    rated = list(rated_accounts(client, book, accounts, period))
    found = used(client, rated, AccountIndex(book.accounts), book.billable, book.subject)
    lines = [line for each in rated for line in _lines(each, period, found)]
    without_plan = [each.id for each in accounts if all(each.id != one.account.id for one in rated)]
    merged = merged_note(sorted(found.merged), Subject(book.subject))
    notes = [*_notes(found), *([merged] if merged else ())]
    return Bill(lines, [*notes, *(f"account {each} is on no plan in {period}" for each in without_plan)])


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


def _lines(rated: RatedAccount, period: BillingPeriod, found: Used) -> Iterator[BillLine]:
    for charge in rated.plan.charges:
        if isinstance(charge, Flat):
            yield _flat_line(rated, charge, period)
        else:
            yield rated_line(rated, charge, found.quantities[rated.account.id, charge.name], period)


def _flat_line(rated: RatedAccount, charge: Flat, period: BillingPeriod) -> BillLine:
    return BillLine(
        period=str(period),
        account=rated.account.id,
        plan=rated.plan.name,
        charge=charge.name,
        meter=None,
        quantity=1,
        unit="period",
        amount=rounded(charge.amount, rated.plan.currency, rated.plan.rounding),
        amount_exact=plain(charge.amount),
        currency=rated.plan.currency,
        correction_of=None,
        formula=f"{plain(charge.amount)} flat",
        not_billable=None,
        missing=0,
    )


def rated_line(rated: RatedAccount, charge: Metered, quantity: Quantity, period: BillingPeriod) -> BillLine:
    """The line of a charge for what an account used. Raises ConflictError for a quantity that cannot be rated."""
    require_one_unit(rated, charge, quantity, period)
    result = _rated(charge, quantity, rated, period)
    return BillLine(
        period=str(period),
        account=rated.account.id,
        plan=rated.plan.name,
        charge=charge.name,
        meter=charge.meter,
        quantity=shown_quantity(charge, quantity.billable) if quantity.is_known else None,
        unit=unit_of(charge, quantity, rated.plan),
        amount=rounded(result.amount, rated.plan.currency, rated.plan.rounding) if quantity.is_known else None,
        amount_exact=plain(result.amount) if quantity.is_known else None,
        currency=rated.plan.currency,
        correction_of=None,
        formula=result.formula
        if quantity.is_known
        else f"not known: {quantity.missing:,} {metric(charge.meter).missing}",
        not_billable=shown_quantity(charge, quantity.not_billable),
        missing=quantity.missing,
    )


def _rated(charge: Metered, quantity: Quantity, rated: RatedAccount, period: BillingPeriod) -> Rated:
    try:
        return rate(charge, quantity.billable)
    except ConflictError as error:
        raise ConflictError(error.what, where=f"account {rated.account.id}, {period}", do=error.do) from error


def require_one_unit(rated: RatedAccount, charge: Metered, quantity: Quantity, period: BillingPeriod) -> None:
    """Raise ConflictError for a quantity in several units, or in another currency than that of the plan."""
    where = f"account {rated.account.id}, charge {charge.name}, {period}"
    if metric(charge.meter).type == "money" and quantity.units - {rated.plan.currency}:
        found = " and ".join(sorted(each or "a currency that is not named" for each in quantity.units))
        raise ConflictError(
            f"{charge.meter} is in {found}, and plan {rated.plan.name} in {rated.plan.currency}",
            where=where,
            do="keep the price book in the plan's currency (docs/pricing.md), or the plan in the book's",
        )
    if len(quantity.units) > 1 and metric(charge.meter).source == "meters":
        raise ConflictError(
            f"{charge.meter} is told in {' and '.join(sorted(each or 'no unit' for each in quantity.units))}",
            where=where,
            do="name one declaration, as meter:NAME@DECLARATION",
        )


def rounded(amount: Decimal, currency: str, rounding: Rounding) -> str:
    """`amount` in whole smallest units of `currency`, as text."""
    context = Context(prec=_ROUNDING_DIGITS, rounding=_MODES[rounding])
    return f"{amount.quantize(Decimal(1).scaleb(-decimal_places(currency)), context=context):f}"


def shown_quantity(charge: Metered, quantity: Decimal) -> int | str:
    """As lines have it: whole numbers of counts and bytes, else a decimal number as text."""
    return int(quantity) if metric(charge.meter).type in ("count", "bytes") else plain(quantity)


def unit_of(charge: Metered, quantity: Quantity, plan: Plan) -> str:
    """What the charge says that the quantity is in, else what its meter is in."""
    if charge.unit:
        return charge.unit
    found = metric(charge.meter)
    if found.type == "money":
        return plan.currency
    if found.type == "bytes":
        return "bytes"
    if found.source == "meters" and quantity.units:
        return next(iter(quantity.units)) or charge.meter
    return "requests" if charge.meter == "request_count" else charge.meter


def _notes(found: Used) -> Iterator[str]:
    for (account, charge), quantity in found.quantities.items():
        if quantity.missing:
            yield f"account {account}, charge {charge}: {quantity.missing:,} events have no value and are not in it"
    for meter, of_nobody in found.unassigned.items():
        for unit, by_consumer in of_nobody.by_unit.items():
            yield _on_no_bill(f"{unit} {meter}".strip(), by_consumer)
        if of_nobody.missing:
            yield f"on no bill: {of_nobody.missing:,} {metric(meter).missing} of consumers that no account has"


def _on_no_bill(what: str, by_consumer: Mapping[str, Decimal]) -> str:
    used_by = sorted(by_consumer, key=lambda name: -by_consumer[name])
    named = ", ".join(map(shortened, used_by[:_MOST_NAMED])) + (", ..." if len(used_by) > _MOST_NAMED else "")
    amount = plain(total(list(by_consumer.values())))
    return f"on no bill: {amount} {what} of {len(used_by):,} consumers that no account has: {named}"
