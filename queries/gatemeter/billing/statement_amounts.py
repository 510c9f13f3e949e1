"""Whether the amounts of a statement are its exact amounts, rounded as its plans say.

Somebody may have written anything into a statement, so nothing of it is taken for a number or a plan unseen.
"""

from collections.abc import Collection, Iterator
from decimal import Decimal, InvalidOperation
from typing import get_args

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.rated_line import rounded
from gatemeter.billing.rating import difference
from gatemeter.billing.statement import Statement
from gatemeter.output.text import shortened
from gatemeter.plans.minor_units import decimal_places
from gatemeter.plans.plan import Rounding

_MOST_UNITS_OFF = 2
"""A correction is the difference of two rounded amounts: each is less than a smallest unit off."""
_MOST_CHARACTERS, _MOST_WHOLE_DIGITS = 100, 90
"""More than any amount that is rated has, and few enough to be reckoned with exactly."""


def amount_faults(statement: Statement) -> Iterator[str]:
    """Each line whose `amount` is not what its `amount_exact` is rounded to, or says no amounts, as a sentence."""
    for line in statement.lines:
        if line.amount is None or line.amount_exact is None:
            continue
        if fault := _fault(line, line.amount, line.amount_exact, _modes(statement, line.plan)):
            place = f"{shortened(line.account)}, charge {shortened(line.charge)}"
            yield f"statement {statement.number} of {shortened(statement.period)}: {place}: {fault}"


def _fault(line: BillLine, amount: str, exact: str, modes: Collection[Rounding]) -> str:
    """What is wrong with the amounts of a line; '' where nothing is."""
    for text in (amount, exact):
        if _number(text) is None:
            return f"{shortened(text)} is no amount"
    try:
        unit = Decimal(1).scaleb(-decimal_places(line.currency))
    except ValueError as error:
        return shortened(str(error))
    if _fits(line, Decimal(amount), Decimal(exact), unit, modes):
        return ""
    return f"the amount {amount} is not {exact} {line.currency} rounded"


def _number(text: str) -> Decimal | None:
    """The number that is written as in lines, without an exponent; None for any other text."""
    try:
        found = Decimal(text) if len(text) <= _MOST_CHARACTERS and "e" not in text.lower() else None
    except InvalidOperation:
        return None
    is_usable = found is not None and found.is_finite() and found.adjusted() < _MOST_WHOLE_DIGITS
    return found if is_usable else None


def _fits(line: BillLine, amount: Decimal, exact: Decimal, unit: Decimal, modes: Collection[Rounding]) -> bool:
    if line.correction_of is None:
        return any(amount == Decimal(rounded(exact, line.currency, mode)) for mode in modes)
    return abs(difference(amount, exact)) < _MOST_UNITS_OFF * unit


def _modes(statement: Statement, plan: str) -> Collection[Rounding]:
    """How the versions of a plan are rounded; all ways where the statement does not have it."""
    known = get_args(Rounding)
    plans = statement.plans.get("plans", ())
    of_it = [each for each in plans if isinstance(each, dict) and each.get("name") == plan] if _is_list(plans) else []
    said = {each.get("rounding", "half_even") for each in of_it}
    return [mode for mode in known if mode in said] or known


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)
