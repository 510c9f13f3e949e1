"""What the lines of a bill come to, by account and currency: amounts of two currencies are never added."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.rating import total
from gatemeter.output.layout import TableLayout
from gatemeter.output.text import count_of, shortened
from gatemeter.plans.amount import plain

_MOST_NAMED = 10


class AccountTotal(msgspec.Struct, frozen=True, kw_only=True):
    """The exact sum of an account's lines in a currency.

    `amount` adds up what was rounded line by line, and is what the account pays; `amount_exact` what was rounded. Both
    are decimal numbers as text. `corrections` of the `lines` belong to earlier periods. `unknown_amounts` are lines
    whose amount is not known: they are in neither sum, and both are None where no line has an amount.
    """

    period: str
    account: str
    lines: int
    corrections: int
    amount: str | None
    amount_exact: str | None
    currency: str
    unknown_amounts: int


TOTAL_COLUMNS = AccountTotal.__struct_fields__
"""The columns of every form of output."""

TOTAL_LAYOUT = TableLayout(
    keys=("account", "currency"),
    most_important=("amount", "lines"),
    first_left_out=("amount_exact", "corrections", "period"),
    unit_columns={"amount": "currency"},
)


class _Key(NamedTuple):
    period: str
    account: str
    currency: str


def account_totals(lines: Iterable[BillLine]) -> Sequence[AccountTotal]:
    """One total for each account and currency, in the order of their first lines."""
    found: dict[_Key, list[BillLine]] = {}
    for line in lines:
        found.setdefault(_Key(line.period, line.account, line.currency), []).append(line)
    return [
        AccountTotal(
            **key._asdict(),
            lines=len(of_it),
            corrections=sum(line.correction_of is not None for line in of_it),
            amount=known_sum(of_it),
            amount_exact=_exact_sum(of_it),
            unknown_amounts=unknown_amounts(of_it),
        )
        for key, of_it in found.items()
    ]


def currency_sums(lines: Iterable[BillLine]) -> str:
    """What all lines come to, one amount a currency by its code: `43.64 EUR, 5 JPY`."""
    return ", ".join(
        f"{known_sum(of_it) or 'not known'} {currency}" for currency, of_it in lines_by_currency(lines).items()
    )


def total_notes(lines: Sequence[BillLine], see_all: str) -> Iterator[str]:
    """What each account pays, and all of them, as sentences; `see_all` says where accounts are that are not named."""
    totals = account_totals(lines)
    for each in totals[:_MOST_NAMED]:
        of_it = [line for line in lines if (line.account, line.currency) == (each.account, each.currency)]
        yield f"total of {shortened(each.account)}: {_said(of_it)}"
    if len(totals) > _MOST_NAMED:
        yield f"totals of {len(totals) - _MOST_NAMED:,} more: {see_all}"
    if len({each.account for each in totals}) > 1:
        yield from (f"total: {_said(of_it)}" for of_it in lines_by_currency(lines).values())


def lines_by_currency(lines: Iterable[BillLine]) -> Mapping[str, Sequence[BillLine]]:
    """The lines of each currency by its code, in the order of the codes."""
    found: dict[str, list[BillLine]] = {}
    for line in lines:
        found.setdefault(line.currency, []).append(line)
    return dict(sorted(found.items()))


def known_sum(lines: Iterable[BillLine]) -> str | None:
    """The sum of the known amounts, with their decimal places; None where none is known."""
    amounts = [Decimal(line.amount) for line in lines if line.amount is not None]
    return f"{total(amounts):f}" if amounts else None


def unknown_amounts(lines: Iterable[BillLine]) -> int:
    """How many lines have an amount that is not known."""
    return sum(line.amount is None for line in lines)


def _said(lines: Sequence[BillLine]) -> str:
    beside = f", {unknown_amounts(lines)} not known" if unknown_amounts(lines) else ""
    return f"{known_sum(lines) or 'not known'} {lines[0].currency} in {count_of(len(lines), 'line')}{beside}"


def _exact_sum(lines: Iterable[BillLine]) -> str | None:
    amounts = [Decimal(line.amount_exact) for line in lines if line.amount_exact is not None]
    return plain(total(amounts)) if amounts else None
