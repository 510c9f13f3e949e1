"""Corrections: what closed periods would cost today, beside what was billed for them.

A closed statement never changes. Usage of its period that comes later, or is taken back, becomes lines of the next
period that is closed, each with the period that it belongs to and rated by the plan of that time: the difference of two
ratings of the whole period, so tiers are those that the whole usage reaches. Nothing is cut off at 0.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.rating import difference, total
from gatemeter.plans.amount import plain


@dataclass(frozen=True, slots=True)
class _Billed:
    amount: Decimal
    exact: Decimal
    quantity: Decimal
    not_billable: Decimal
    missing: int


def correction_lines(
    period: str, corrected: str, rated: Sequence[BillLine], billed: Iterable[BillLine]
) -> Iterator[BillLine]:
    """The lines of `period` that bring what was `billed` for `corrected` to what is `rated` today.

    `billed` are the lines of the statement of `corrected`, and all corrections of it since; `rated` has the same
    charges, for it is rated by the plans of that statement. An amount that is not known counts as nothing billed; one
    that is not known today is left as it was billed, and has a line without an amount where more or fewer events are
    missing. `missing` of a correction is how many more there are, negative for fewer.
    """
    lines: dict[tuple[str, str], list[BillLine]] = {}
    for line in billed:
        lines.setdefault((line.account, line.charge), []).append(line)
    for line in rated:
        sums = _sum(lines.get((line.account, line.charge), ()))
        if (found := _corrected(line, sums, period, corrected)) is not None:
            yield found


def _corrected(line: BillLine, billed: _Billed, period: str, corrected: str) -> BillLine | None:
    amount = difference(Decimal(line.amount or 0), billed.amount)
    exact = difference(Decimal(line.amount_exact or 0), billed.exact)
    quantity = difference(Decimal(line.quantity or 0), billed.quantity)
    left_out = difference(Decimal(line.not_billable or 0), billed.not_billable)
    missing = line.missing - billed.missing
    is_known = line.amount is not None
    if not (left_out or missing or (is_known and (amount or exact or quantity))):
        return None
    today = f"{plain(Decimal(line.quantity or 0))} for {line.amount} ({line.formula})" if is_known else line.formula
    return msgspec.structs.replace(
        line,
        period=period,
        quantity=_as(line.quantity, quantity) if is_known else None,
        not_billable=None if line.not_billable is None else _as(line.not_billable, left_out),
        amount=f"{amount:f}" if is_known else None,
        amount_exact=plain(exact) if is_known else None,
        correction_of=corrected,
        formula=f"{corrected}: {today}; billed were {plain(billed.quantity)} for {billed.amount:f}",
        missing=missing,
    )


def _as(like: int | str | None, number: Decimal) -> int | str:
    return plain(number) if isinstance(like, str) else int(number)


def _sum(lines: Sequence[BillLine]) -> _Billed:
    return _Billed(
        total([Decimal(each.amount or 0) for each in lines]),
        total([Decimal(each.amount_exact or 0) for each in lines]),
        total([Decimal(each.quantity or 0) for each in lines]),
        total([Decimal(each.not_billable or 0) for each in lines]),
        sum(each.missing for each in lines),
    )
