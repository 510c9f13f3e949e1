"""Corrections: what closed periods would cost today, beside what was billed for them.

A closed statement never changes. Usage of its period that comes later, or is taken back, becomes lines of the next
period that is closed, each with the period that it belongs to and rated by the plan of that time: the difference of two
ratings of the whole period, so tiers are those that the whole usage reaches. Nothing is cut off at 0.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from gatemeter.billing.bill import BillLine
from gatemeter.billing.rating import difference, total
from gatemeter.plans.amount import plain


@dataclass(frozen=True, slots=True)
class _Billed:
    amount: Decimal
    exact: Decimal
    quantity: Decimal
    not_billable: Decimal


def correction_lines(
    period: str, corrected: str, rated: Sequence[BillLine], billed: Iterable[BillLine]
) -> Iterator[BillLine]:
    """The lines of `period` that bring what was `billed` for `corrected` to what is `rated` today.

    `billed` are the lines of the statement of `corrected`, and all corrections of it since; `rated` has the same
    charges, for it is rated by the plans of that statement. An amount that is not known counts as nothing billed; one
    that is not known today is left as it was billed.
    """
    lines: dict[tuple[str, str], list[BillLine]] = {}
    for line in billed:
        lines.setdefault((line.account, line.charge), []).append(line)
    for line in rated:
        sums = _sum(lines.get((line.account, line.charge), ()))
        if line.amount is None or line.amount_exact is None:
            continue
        if (found := _corrected(line, sums, period, corrected)) is not None:
            yield found


def _corrected(line: BillLine, billed: _Billed, period: str, corrected: str) -> BillLine | None:
    amount = difference(Decimal(line.amount or 0), billed.amount)
    exact = difference(Decimal(line.amount_exact or 0), billed.exact)
    quantity = difference(Decimal(line.quantity or 0), billed.quantity)
    left_out = difference(Decimal(line.not_billable or 0), billed.not_billable)
    if not (amount or exact or quantity or left_out):
        return None
    today = f"{plain(Decimal(line.quantity or 0))} for {line.amount} ({line.formula})"
    return replace(
        line,
        period=period,
        quantity=_as(line.quantity, quantity),
        not_billable=None if line.not_billable is None else _as(line.not_billable, left_out),
        amount=f"{amount:f}",
        amount_exact=plain(exact),
        correction_of=corrected,
        formula=f"{corrected}: {today}; billed were {plain(billed.quantity)} for {billed.amount:f}",
    )


def _as(like: int | str | None, number: Decimal) -> int | str:
    return plain(number) if isinstance(like, str) else int(number)


def _sum(lines: Sequence[BillLine]) -> _Billed:
    return _Billed(
        total([Decimal(each.amount or 0) for each in lines]),
        total([Decimal(each.amount_exact or 0) for each in lines]),
        total([Decimal(each.quantity or 0) for each in lines]),
        total([Decimal(each.not_billable or 0) for each in lines]),
    )
