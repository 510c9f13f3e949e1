"""A bill with every kind of line, in the columns of FOCUS."""

from pathlib import Path
from typing import Any

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.statement import Statement
from gatemeter.exports.exported_period import ExportedPeriod, corrected_bases
from gatemeter.exports.focus.focus_columns import FocusProfile, focus_columns
from gatemeter.exports.focus.focus_rows import FocusRows
from gatemeter.exports.table_files import FileFormat
from gatemeter.plans.plan import PlanBook
from tests.support.exports import bill_line
from tests.support.plan_files import PER_REQUEST, account, book, plan

COST = {"name": "models", "meter": "llm_cost", "model": "percentage", "percent": 120}
FLAT = {"name": "base", "model": "flat", "amount": "9.90"}
LINES = (
    bill_line(
        charge="base", meter=None, quantity=1, unit="period", amount="9.90", amount_exact="9.9", not_billable=None
    ),
    bill_line(quantity=1_234_567, amount="1234.57", amount_exact="1234.567"),
    bill_line(charge="models", meter="llm_cost", quantity="0.5", unit="EUR", amount="0.60", amount_exact="0.6"),
    bill_line(account="globex", charge="traffic", meter="request_size_sum", quantity=99, unit="bytes"),
    bill_line(quantity=-10, amount="-0.01", amount_exact="-0.01", correction_of="2026-01"),
    bill_line(account="globex", charge="models", meter="llm_cost", quantity=None, amount=None, amount_exact=None),
)


PLANS = book(plan(FLAT, PER_REQUEST, COST), accounts=[{**account(), "name": "Acme GmbH"}, account("globex")])


def focus_rows(
    *, is_closed: bool, lines: tuple[BillLine, ...] = LINES, january: PlanBook = PLANS, february: PlanBook = PLANS
) -> FocusRows:
    """The rows of February; January was closed by the plans `january`. Time zones are UTC: no store is asked."""
    no_store: Any = None
    closed = _statement(2, "2026-02", february, lines)
    exported = ExportedPeriod(
        BillingPeriod(2026, 2),
        None,
        february,
        closed if is_closed else None,
        lines,
        [],
        {each.id: each for each in february.accounts},
        corrected_bases([_statement(1, "2026-01", january)], february, lines),
    )
    return FocusRows.of(no_store, exported, "Example GmbH")


def _statement(number: int, period: str, plans: PlanBook, lines: tuple[BillLine, ...] = ()) -> Statement:
    return Statement(
        number=number,
        period=period,
        closed_at="2026-03-04T00:00:00Z",
        grace_hours=72,
        previous_sha256="x",
        plans=plans.document,
        price_versions=(),
        rules=(),
        logs=(),
        accepted=(),
        lines=lines,
    ).sealed()


def written_focus(path: Path, profile: FocusProfile, *, is_closed: bool) -> Path:
    """The rows as a file, in the format of its suffix."""
    with path.open("wb") as file:
        form = FileFormat(path.suffix[1:]).table_format
        form.write(focus_rows(is_closed=is_closed).rows(), focus_columns(profile), file)
    return path
