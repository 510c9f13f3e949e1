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
from gatemeter.plans.plan import Corrections

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class _Billed:
    """The sums of what was billed for a charge; `is_amount` is False where no line has an amount."""

    amount: Decimal
    exact: Decimal
    quantity: Decimal
    not_billable: Decimal
    missing: int
    is_amount: bool

    @property
    def text(self) -> str:
        return f"billed were {plain(self.quantity)} for {self.amount:f}"


def correction_lines(
    period: str,
    corrected: str,
    rated: Sequence[BillLine],
    billed: Iterable[BillLine],
    style: Corrections = "delta",
) -> Iterator[BillLine]:
    """The lines of `period` that bring what was `billed` for `corrected` to what is `rated` today.

    `billed` are the lines of the statement of `corrected`, and all corrections of it since; `rated` has the same
    charges, and may have more. A `delta` is one line, a `reversal` two: what was billed, taken back, and what it is
    today. An amount that is not known counts as nothing billed; one that is not known today is left as it was billed,
    and has a line without an amount where more or fewer events are missing. `missing` of a correction is how many more
    there are, negative for fewer.
    """
    lines: dict[tuple[str, str], list[BillLine]] = {}
    for line in billed:
        lines.setdefault((line.account, line.charge), []).append(line)
    for line in rated:
        sums = _sum(lines.get((line.account, line.charge), ()))
        delta = _delta(line, sums, period, corrected)
        if delta is None:
            continue
        if style == "reversal" and sums.is_amount and line.amount is not None:
            yield from _reversal(line, sums, period, corrected)
        else:
            yield delta


def _delta(line: BillLine, billed: _Billed, period: str, corrected: str) -> BillLine | None:
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
        not_billable=_as(line.not_billable, left_out),
        amount=f"{amount:f}" if is_known else None,
        amount_exact=plain(exact) if is_known else None,
        correction_of=corrected,
        formula=f"{corrected}: {today}; {billed.text}",
        missing=missing,
    )


def _reversal(line: BillLine, billed: _Billed, period: str, corrected: str) -> Iterator[BillLine]:
    yield msgspec.structs.replace(
        line,
        period=period,
        quantity=_as(line.quantity, difference(_ZERO, billed.quantity)),
        not_billable=_as(line.not_billable, difference(_ZERO, billed.not_billable)),
        amount=f"{difference(_ZERO, billed.amount):f}",
        amount_exact=plain(difference(_ZERO, billed.exact)),
        correction_of=corrected,
        formula=f"{corrected}: {billed.text}, taken back",
        missing=-billed.missing,
        offsets=None,
    )
    yield msgspec.structs.replace(
        line,
        period=period,
        correction_of=corrected,
        formula=f"{corrected}: {line.formula}, in place of what was billed",
    )


def _as(like: int | str | None, number: Decimal) -> int | str | None:
    if like is None:
        return None
    return plain(number) if isinstance(like, str) else int(number)


def _sum(lines: Sequence[BillLine]) -> _Billed:
    return _Billed(
        total([Decimal(each.amount or 0) for each in lines]),
        total([Decimal(each.amount_exact or 0) for each in lines]),
        total([Decimal(each.quantity or 0) for each in lines]),
        total([Decimal(each.not_billable or 0) for each in lines]),
        sum(each.missing for each in lines),
        any(each.amount is not None for each in lines),
    )
