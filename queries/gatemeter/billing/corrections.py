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
    line: BillLine


def correction_lines(
    period: str, corrected: str, rated: Sequence[BillLine], billed: Iterable[BillLine]
) -> Iterator[BillLine]:
    """The lines of `period` that bring what was `billed` for `corrected` to what is `rated` today.

    `billed` are the lines of the statement of `corrected`, and all corrections of it since. An amount that is not
    known counts as nothing billed; one that is not known today is left as it was billed.
    """
    sums = _sums(billed)
    now = {(line.account, line.charge): line for line in rated}
    for key in dict.fromkeys((*now, *sums)):
        line = now.get(key)
        before = sums.get(key)
        if line is None:
            line = _nothing(before.line) if before else None
        if line is None or line.amount is None or line.amount_exact is None:
            continue
        if (found := _corrected(line, before, period, corrected)) is not None:
            yield found


def _corrected(line: BillLine, before: _Billed | None, period: str, corrected: str) -> BillLine | None:
    billed = before or _Billed(Decimal(0), Decimal(0), Decimal(0), Decimal(0), line)
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


def _nothing(line: BillLine) -> BillLine:
    """What is left of a charge that is rated no more: nothing."""
    zero = "0" if isinstance(line.quantity, str) else 0
    amount = f"{Decimal(0).quantize(Decimal(line.amount or 0)):f}"
    return replace(line, quantity=zero, amount=amount, amount_exact="0", formula="nothing", missing=0)


def _sums(billed: Iterable[BillLine]) -> dict[tuple[str, str], _Billed]:
    lines: dict[tuple[str, str], list[BillLine]] = {}
    for line in billed:
        lines.setdefault((line.account, line.charge), []).append(line)
    return {key: _sum(each) for key, each in lines.items()}


def _sum(lines: Sequence[BillLine]) -> _Billed:
    return _Billed(
        total([Decimal(each.amount or 0) for each in lines]),
        total([Decimal(each.amount_exact or 0) for each in lines]),
        total([Decimal(each.quantity or 0) for each in lines]),
        total([Decimal(each.not_billable or 0) for each in lines]),
        lines[0],
    )
