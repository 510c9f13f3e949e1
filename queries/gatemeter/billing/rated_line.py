"""The lines of an account's bill: each charge of its plan, rated, rounded once, and with its formula."""

from collections.abc import Iterator
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Context, Decimal

import msgspec

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.quantities import Quantity, Used
from gatemeter.billing.rated_account import RatedAccount
from gatemeter.billing.rating import rate
from gatemeter.errors import ConflictError
from gatemeter.metrics.catalogue import metric
from gatemeter.plans.amount import plain
from gatemeter.plans.charge import Flat, Metered
from gatemeter.plans.minor_units import decimal_places
from gatemeter.plans.plan import Plan, Rounding

_MODES = {
    "half_even": ROUND_HALF_EVEN,
    "half_up": ROUND_HALF_UP,
    "up": ROUND_UP,
    "down": ROUND_DOWN,
}
_ROUNDING_DIGITS = 100


def account_lines(rated: RatedAccount, period: BillingPeriod, found: Used) -> Iterator[BillLine]:
    """The lines of one account, in the order of its plan. Raises as `rated_line` does."""
    for charge in rated.plan.charges:
        if isinstance(charge, Flat):
            yield _flat_line(rated, charge, period)
        else:
            line = rated_line(rated, charge, found.quantities[rated.account.id, charge.name], period)
            yield msgspec.structs.replace(line, offsets=found.offsets.get((rated.account.id, charge.meter), ""))


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
        offsets="",
    )


def rated_line(rated: RatedAccount, charge: Metered, quantity: Quantity, period: BillingPeriod) -> BillLine:
    """The line of a charge for what an account used. Raises ConflictError for a quantity in several units."""
    require_one_unit(rated, charge, quantity, period)
    result = rate(charge, quantity.billable)
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
    whole = amount.quantize(Decimal(1).scaleb(-decimal_places(currency)), context=context)
    return f"{whole or abs(whole):f}"  # never -0.00


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
