"""Close anywhere, deliver anything in any order: statements and their corrections are one rating of everything."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.corrections import correction_lines
from gatemeter.billing.quantities import Quantity
from gatemeter.billing.rated_account import RatedAccount
from gatemeter.billing.rated_line import rated_line
from gatemeter.plans.plan import Corrections
from gatemeter.reports.period import TimeSpan
from tests.support.plan_files import book, plan, tiers

PERIODS = [BillingPeriod(2026, month) for month in (1, 2, 3, 4)]
CHARGES: list[dict[str, Any]] = [
    {"name": "calls", "meter": "request_count", "model": "graduated", "tiers": tiers(("50", "0.013"), (None, "0.007"))},
    {"name": "all", "meter": "request_count", "model": "volume", "tiers": tiers(("40", "0.11"), (None, "0.05"))},
    {"name": "packs", "meter": "llm_calls", "model": "package", "package_size": 7, "package_amount": "0.333"},
    {"name": "cost", "meter": "llm_cost", "model": "percentage", "percent": "117.5", "minimum": "1", "maximum": "90"},
]
BOOK = book(plan(*CHARGES))
HOURS = TimeSpan(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))
RATED = RatedAccount(BOOK.accounts[0], BOOK.plans[0], date(2026, 1, 1), HOURS)

Usage = dict[tuple[str, str], int]
"""By period and charge."""

DELIVERIES = st.tuples(
    st.sampled_from([str(each) for each in PERIODS]),
    st.sampled_from([each["name"] for each in CHARGES]),
    st.integers(1, 60),
    st.booleans(),
)
"""Usage of a period and charge, or what is taken back, which may be more than there was."""
STYLES: st.SearchStrategy[list[Corrections]] = st.lists(st.sampled_from(["delta", "reversal"]), min_size=5, max_size=5)


def rated(usage: Usage, period: str) -> list[BillLine]:
    found = BillingPeriod.parse(period)
    return [
        rated_line(RATED, each, Quantity(Decimal(usage.get((period, each.name), 0)), has_value=True), found)
        for each in RATED.metered
    ]


def delivered(usage: Usage, delivery: tuple[str, str, int, bool]) -> None:
    period, charge, amount, is_taken_back = delivery
    usage[period, charge] = usage.get((period, charge), 0) + (-amount if is_taken_back else amount)


def closed(usage: Usage, statements: list[list[BillLine]], period: str, style: Corrections = "delta") -> list[BillLine]:
    booked = [line for lines in statements for line in lines]
    lines = rated(usage, period)
    for earlier in {line.period for line in booked}:
        billed = [line for line in booked if earlier == (line.correction_of or line.period)]
        lines += correction_lines(period, earlier, rated(usage, earlier), billed, style)
    return lines


def amounts_by_period(lines: list[BillLine], *, is_exact: bool) -> dict[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        key = (line.correction_of or line.period, line.charge)
        amount = Decimal((line.amount_exact if is_exact else line.amount) or 0)
        sums[key] = sums.get(key, Decimal(0)) + amount
    return sums


@given(st.lists(st.lists(DELIVERIES, max_size=6), min_size=5, max_size=5), STYLES)
def test_statements_and_corrections_are_one_rating_of_everything(
    batches: list[list[tuple[str, str, int, bool]]], styles: list[Corrections]
) -> None:
    usage: Usage = {}
    statements: list[list[BillLine]] = []
    for period, batch, style in zip(PERIODS, batches, styles, strict=False):
        for each in batch:
            delivered(usage, each)
        statements.append(closed(usage, statements, str(period), style))
    for each in batches[-1]:
        delivered(usage, each)
    statements.append(closed(usage, statements, "2026-05", styles[-1]))
    lines = [line for each in statements for line in each]
    whole = [line for period in (*map(str, PERIODS), "2026-05") for line in rated(usage, period)]
    for is_exact in (True, False):
        assert amounts_by_period(lines, is_exact=is_exact) == amounts_by_period(whole, is_exact=is_exact)


@given(st.lists(DELIVERIES, max_size=8))
def test_what_has_not_changed_is_not_corrected(batch: list[tuple[str, str, int, bool]]) -> None:
    usage: Usage = {}
    for each in batch:
        delivered(usage, each)
    first = closed(usage, [], "2026-01")
    assert [line.correction_of for line in closed(usage, [first], "2026-02")] == [None] * len(CHARGES)
