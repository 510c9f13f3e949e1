"""What other plans would bring: revenue by account, month and charge beside what was billed, or would be by now.

Both sides rate the same stored usage: no events are read again, so a year takes seconds.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from clickhouse_connect.driver.client import Client

from gatemeter.billing.bill import bill
from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closed_periods import booked_corrections
from gatemeter.billing.rating import difference, total
from gatemeter.billing.statement import Statement, statement_of
from gatemeter.billing.statement_plans import plans_of
from gatemeter.billing.statement_store import intact_statements
from gatemeter.errors import SettingsError
from gatemeter.output.layout import TableLayout
from gatemeter.output.text import shortened
from gatemeter.plans.minor_units import decimal_places
from gatemeter.plans.plan import PlanBook

MOST_PERIODS = 120
_RANGE = ".."

WHAT_IF_COLUMNS = ("period", "status", "account", "charge", "current", "what_if", "difference", "currency")
"""The columns of every form of output."""

WHAT_IF_LAYOUT = TableLayout(
    columns=("period", "account", "charge", "current", "what_if", "difference", "currency", "status"),
    keys=("period", "account", "charge"),
    kept_together=("period", "account"),
    most_important=("difference", "what_if", "current", "currency"),
    first_left_out=("status",),
    unit_columns=dict.fromkeys(("current", "what_if", "difference"), "currency"),
)


class _Key(NamedTuple):
    period: str
    account: str
    charge: str
    currency: str


@dataclass(frozen=True, slots=True)
class ComparedRevenue:
    """One charge of an account in a period. `status` is `closed` where `current` was billed, else `open`.

    An amount is None where it is not known; a charge that a plan does not have brings 0.
    """

    key: _Key
    status: str
    current: Decimal | None
    what_if: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """What the other plans bring more; negative for less."""
        if self.current is None or self.what_if is None:
            return None
        return difference(self.what_if, self.current)

    def record(self) -> dict[str, Any]:
        """A row of every form of output; amounts are decimal numbers as text."""
        amounts = {"current": self.current, "what_if": self.what_if, "difference": self.difference}
        shown = {name: _money(each, self.key.currency) for name, each in amounts.items()}
        return {**self.key._asdict(), "status": self.status, **shown}


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Rows by period and account; `notes` say what they come to by currency, and what is in none."""

    rows: Sequence[ComparedRevenue]
    notes: Sequence[str]


def parse_periods(text: str) -> Sequence[BillingPeriod]:
    """The periods of `2026-01..2026-06`, both included. Raises SettingsError."""
    first, last = map(BillingPeriod.parse, text.split(_RANGE, 1))
    periods = [first]
    while periods[-1] < last and len(periods) <= MOST_PERIODS:
        periods.append(periods[-1].following)
    if first > last or len(periods) > MOST_PERIODS:
        raise SettingsError(
            f"{shortened(text)!r} is no range of up to {MOST_PERIODS} periods",
            where="--period",
            do="write 2026-01..2026-06",
        )
    return periods


def is_range(text: str) -> bool:
    """Whether `--period` names a first and a last period."""
    return _RANGE in text


def what_if(
    client: Client,
    book: PlanBook,
    periods: Sequence[BillingPeriod],
    current: PlanBook | None = None,
    only_account: str | None = None,
) -> WhatIf:
    """Rate `periods` by `book`, beside what was billed: statements with their corrections, where they are closed.

    Open ones are beside what `current`, else the plans of the last statement, would bill now. Raises SettingsError
    where there are no such plans, and as `bill` does.
    """
    statements = intact_statements(client)
    rows: list[ComparedRevenue] = []
    notes: list[str] = []
    for period in periods:
        closed = statement_of(statements, period)
        other = bill(client, book, period, only_account, closed)
        notes += [f"{period}: {note}" for note in other.notes]
        if closed is not None:
            ours = _billed(statements, period)
        else:
            found = bill(client, _plans_now(statements, current), period)
            ours = {key: _sum(lines) for key, lines in _by_charge(found.lines, str(period)).items()}
        theirs = {key: _sum(lines) for key, lines in _by_charge(other.lines, str(period)).items()}
        status = "open" if closed is None else "closed"
        keys = sorted({key for key in (*ours, *theirs) if only_account in (None, key.account)})
        rows += [ComparedRevenue(key, status, ours.get(key, Decimal(0)), theirs.get(key, Decimal(0))) for key in keys]
    absent = dict.fromkeys(row.key.account for row in rows if all(row.key.account != each.id for each in book.accounts))
    notes += [f"account {each} is not in the other plan file, and brings nothing by it" for each in absent]
    return WhatIf(rows, [*_totals(rows), *_late(client, statements, periods, only_account), *notes])


def _plans_now(statements: Sequence[Statement], current: PlanBook | None) -> PlanBook:
    if current is not None:
        return current
    if not statements:
        raise SettingsError(
            "no period is closed, so the plans that hold now are not known", do="name their file with --current"
        )
    return plans_of(statements[-1])


def _billed(statements: Sequence[Statement], period: BillingPeriod) -> Mapping[_Key, Decimal | None]:
    """An amount that a statement does not know was not billed."""
    lines = [line for each in statements for line in each.lines if (line.correction_of or line.period) == str(period)]
    return {
        key: total([Decimal(line.amount or 0) for line in found])
        for key, found in _by_charge(lines, str(period)).items()
    }


def _by_charge(lines: Iterable[BillLine], period: str) -> Mapping[_Key, list[BillLine]]:
    found: dict[_Key, list[BillLine]] = defaultdict(list)
    for line in lines:
        found[_Key(period, line.account, line.charge, line.currency)].append(line)
    return found


def _sum(lines: Sequence[BillLine]) -> Decimal | None:
    if any(line.amount is None for line in lines):
        return None
    return total([Decimal(line.amount or 0) for line in lines])


def _money(amount: Decimal | None, currency: str) -> str | None:
    return None if amount is None else f"{amount:.{decimal_places(currency)}f}"


def _totals(rows: Sequence[ComparedRevenue]) -> Iterator[str]:
    for currency in dict.fromkeys(row.key.currency for row in rows):
        of_it = [row for row in rows if row.key.currency == currency]
        known = [row for row in of_it if row.difference is not None]
        sums = [total([each or Decimal(0) for each in amounts]) for amounts in zip(*map(_amounts, known), strict=True)]
        if sums:
            now, then, more = (_money(each, currency) for each in sums)
            unknown = (
                f"; {len(of_it) - len(known)} amounts are not known and in no sum" if len(known) < len(of_it) else ""
            )
            yield f"{currency}: {now} now, {then} by the other plans, a difference of {more}{unknown}"


def _amounts(row: ComparedRevenue) -> tuple[Decimal | None, ...]:
    return row.current, row.what_if, row.difference


def _late(
    client: Client, statements: Sequence[Statement], periods: Sequence[BillingPeriod], only_account: str | None
) -> Iterator[str]:
    """Usage that came after a close is in what the other plans bring, and in no statement yet."""
    asked = {str(period) for period in periods}
    if not statements or not asked & {each.period for each in statements}:
        return
    following = BillingPeriod.parse(statements[-1].period).following
    last_plans = plans_of(statements[-1])
    lines = [
        line
        for line in booked_corrections(client, statements, last_plans, following).lines
        if line.correction_of in asked and only_account in (None, line.account)
    ]
    for key in dict.fromkeys((line.correction_of, line.currency) for line in lines):
        amounts = [Decimal(line.amount or 0) for line in lines if (line.correction_of, line.currency) == key]
        amount = f"{_money(total(amounts), key[1])} {key[1]}"
        yield f"{key[0]}: {amount} of later usage will be billed with {following}; it is in what_if and not in current"
