"""A bill with every kind of line, in the columns of FOCUS."""

from datetime import UTC, datetime
from pathlib import Path

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.statement import Statement
from gatemeter.exports.exported_period import ExportedPeriod
from gatemeter.exports.focus.focus_columns import FocusProfile, focus_columns
from gatemeter.exports.focus.focus_rows import FocusRows
from gatemeter.exports.table_files import FileFormat
from gatemeter.reports.period import TimeSpan
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


def focus_rows(*, is_closed: bool, lines: tuple[BillLine, ...] = LINES) -> FocusRows:
    """The rows of February, when periods of acme and globex begin on the first, at midnight of UTC."""
    plans = book(plan(FLAT, PER_REQUEST, COST), accounts=[{**account(), "name": "Acme GmbH"}, account("globex")])
    statement = Statement(
        number=2,
        period="2026-02",
        closed_at="2026-03-04T00:00:00Z",
        grace_hours=72,
        previous_sha256="x",
        plans={},
        price_versions=(),
        rules=(),
        logs=(),
        accepted=(),
        lines=lines,
    )
    accounts = {each.id: each for each in plans.accounts}
    closed = statement.sealed() if is_closed else None
    exported = ExportedPeriod(BillingPeriod(2026, 2), None, plans, closed, lines, [], accounts)
    spans = {
        (f"2026-{month:02d}", name): TimeSpan(
            datetime(2026, month, 1, tzinfo=UTC), datetime(2026, month + 1, 1, tzinfo=UTC)
        )
        for month in (1, 2)
        for name in accounts
    }
    return FocusRows(exported, "Example GmbH", spans)


def written_focus(path: Path, profile: FocusProfile, *, is_closed: bool) -> Path:
    """The rows as a file, in the format of its suffix."""
    with path.open("wb") as file:
        form = FileFormat(path.suffix[1:]).table_format
        form.write(focus_rows(is_closed=is_closed).rows(), focus_columns(profile), file)
    return path
