"""What lines come to, by account and currency."""

from typing import Any

import pytest

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.bill_totals import account_totals, currency_sums, total_notes


def line(account: str, amount: str | None, currency: str = "EUR", exact: str | None = None, **values: Any) -> BillLine:
    return BillLine(
        period="2026-02",
        account=account,
        plan="starter",
        charge="requests",
        meter="request_count",
        quantity=1,
        unit="requests",
        amount=amount,
        amount_exact=exact or amount,
        currency=currency,
        formula="",
        not_billable=0,
        missing=0,
        **{"correction_of": None, **values},
    )


LINES = [
    line("acme", "9.90", exact="9.9"),
    line("globex", "1", "JPY"),
    line("acme", "21.32", exact="21.325"),
    line("acme", None),
    line("acme", "-0.34", exact="-0.335", correction_of="2026-01"),
    line("acme", "0.10", "USD"),
    line("initech", None),
]


def test_lines_add_up_by_account_and_never_across_currencies() -> None:
    found = account_totals(LINES)
    assert [(each.account, each.amount, each.amount_exact, each.currency) for each in found] == [
        ("acme", "30.88", "30.89", "EUR"),
        ("globex", "1", "1", "JPY"),
        ("acme", "0.10", "0.1", "USD"),
        ("initech", None, None, "EUR"),
    ]
    assert [(each.lines, each.corrections, each.unknown_amounts) for each in found] == [
        (4, 1, 1),
        (1, 0, 0),
        (1, 0, 0),
        (1, 0, 1),
    ]
    assert currency_sums(LINES) == "30.88 EUR, 1 JPY, 0.10 USD"
    assert currency_sums(LINES[-1:]) == "not known EUR"


def test_totals_are_said_of_each_account_and_of_all() -> None:
    assert [*total_notes(LINES, see_all="--by account")] == [
        "total of acme: 30.88 EUR in 4 lines, 1 not known",
        "total of globex: 1 JPY in 1 line",
        "total of acme: 0.10 USD in 1 line",
        "total of initech: not known EUR in 1 line, 1 not known",
        "total: 30.88 EUR in 5 lines, 2 not known",
        "total: 1 JPY in 1 line",
        "total: 0.10 USD in 1 line",
    ]
    assert [*total_notes(LINES[:1], see_all="")] == ["total of acme: 9.90 EUR in 1 line"]
    assert [*total_notes([], see_all="")] == []


def test_of_many_accounts_some_are_named() -> None:
    many = [line(f"a-{number}", "0.10") for number in range(1_000)]
    assert [*total_notes(many, see_all="--by account")][9:] == [
        "total of a-9: 0.10 EUR in 1 line",
        "totals of 990 more: --by account",
        "total: 100.00 EUR in 1,000 lines",
    ]


@pytest.mark.parametrize("digits", [30, 60])
def test_sums_of_long_amounts_are_exact(digits: int) -> None:
    one = "9" * digits + ".99"
    [found] = account_totals([line("acme", one), line("acme", "0.02")])
    assert found.amount == "1" + "0" * digits + ".01"
