"""Corrections of amounts that were not known when a period was closed, or are not known today."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.corrections import correction_lines

KNOWN = BillLine(
    period="2026-02",
    account="acme",
    plan="starter",
    charge="models",
    meter="llm_cost",
    quantity="5",
    unit="EUR",
    amount="6.00",
    amount_exact="6",
    currency="EUR",
    correction_of=None,
    formula="5 x 120 %",
    not_billable="0",
    missing=0,
)
UNKNOWN = replace(
    KNOWN, quantity=None, amount=None, amount_exact=None, formula="not known: 2 unpriced_calls", missing=2
)


def corrected(today: BillLine, *billed: BillLine) -> Sequence[BillLine]:
    return list(correction_lines("2026-03", "2026-02", [today], billed))


def test_what_is_priced_later_is_billed_and_misses_nothing() -> None:
    [line] = corrected(KNOWN, UNKNOWN)
    assert (line.quantity, line.amount, line.missing, line.correction_of) == ("5", "6.00", -2, "2026-02")
    assert corrected(KNOWN, UNKNOWN, line) == []


def test_late_events_without_a_value_are_a_line_of_their_own() -> None:
    [line] = corrected(replace(KNOWN, missing=3), KNOWN)
    assert (line.quantity, line.amount, line.missing) == ("0", "0.00", 3)
    assert corrected(replace(KNOWN, missing=3), KNOWN, line) == []


def test_an_amount_that_is_not_known_today_is_left_and_said() -> None:
    [line] = corrected(UNKNOWN, KNOWN)
    assert (line.quantity, line.amount, line.amount_exact, line.missing) == (None, None, None, 2)
    assert line.formula == "2026-02: not known: 2 unpriced_calls; billed were 5 for 6.00"
    assert corrected(UNKNOWN, KNOWN, line) == corrected(UNKNOWN, UNKNOWN) == []
    [known_again] = corrected(replace(KNOWN, amount="7.20", amount_exact="7.2", quantity="6"), KNOWN, line)
    assert (Decimal(known_again.amount or 0), known_again.missing) == (Decimal("1.20"), -2)


def test_a_reversal_takes_back_what_was_billed_and_bills_it_anew() -> None:
    today = replace(KNOWN, quantity="7", amount="8.40", amount_exact="8.4", missing=1, formula="7 x 120 %")
    taken_back, anew = correction_lines("2026-03", "2026-02", [today], [KNOWN], "reversal")
    assert (taken_back.quantity, taken_back.amount, taken_back.amount_exact) == ("-5", "-6.00", "-6")
    assert taken_back.formula == "2026-02: billed were 5 for 6.00, taken back"
    assert (anew.quantity, anew.amount, anew.missing) == ("7", "8.40", 1)
    assert anew.formula == "2026-02: 7 x 120 %, in place of what was billed"
    assert {taken_back.correction_of, anew.correction_of} == {"2026-02"}
    assert list(correction_lines("2026-04", "2026-02", [today], [KNOWN, taken_back, anew], "reversal")) == []


def test_nothing_is_taken_back_where_no_amount_was_billed() -> None:
    for billed in ([], [UNKNOWN]):
        [line] = correction_lines("2026-03", "2026-02", [KNOWN], billed, "reversal")
        assert (line.quantity, line.amount) == ("5", "6.00")


def test_a_closed_period_may_fall_below_nothing() -> None:
    below = replace(KNOWN, quantity="-2", amount="-2.40", amount_exact="-2.4")
    [line] = corrected(below, KNOWN)
    assert (line.quantity, line.amount) == ("-7", "-8.40")
