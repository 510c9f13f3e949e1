"""Whether the amounts of a statement are its exact amounts, rounded as its plans say."""

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import get_args

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.rated_line import rounded
from gatemeter.billing.rating import difference
from gatemeter.billing.statement import Statement
from gatemeter.plans.minor_units import decimal_places
from gatemeter.plans.plan import Rounding

_MOST_UNITS_OFF = 2
"""A correction is the difference of two rounded amounts: each is less than a smallest unit off."""


def amount_faults(statement: Statement) -> Iterator[str]:
    """Each line whose `amount` is not what its `amount_exact` is rounded to, as a sentence."""
    for line in statement.lines:
        if line.amount is None or line.amount_exact is None:
            continue
        if not _fits(line, _modes(statement, line.plan)):
            yield (
                f"statement {statement.number} of {statement.period}: {line.account}, charge {line.charge}: "
                f"the amount {line.amount} is not {line.amount_exact} {line.currency} rounded"
            )


def _fits(line: BillLine, modes: Collection[Rounding]) -> bool:
    amount, exact = Decimal(line.amount or 0), Decimal(line.amount_exact or 0)
    if line.correction_of is None:
        return any(amount == Decimal(rounded(exact, line.currency, mode)) for mode in modes)
    unit = Decimal(1).scaleb(-decimal_places(line.currency))
    return abs(difference(amount, exact)) < _MOST_UNITS_OFF * unit


def _modes(statement: Statement, plan: str) -> Collection[Rounding]:
    """How the versions of a plan are rounded; all ways where the statement does not have it."""
    plans = [each for each in statement.plans.get("plans", ()) if each.get("name") == plan]
    return {each.get("rounding", "half_even") for each in plans} or get_args(Rounding)
