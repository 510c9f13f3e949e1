"""A bill as a table of the width of a terminal."""

import io
from collections.abc import Sequence

import msgspec

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.bill_table import BILL_COLUMNS, bill_layout
from gatemeter.output.table import write_table

LINE = BillLine(
    period="2026-03",
    account="acme",
    plan="starter",
    charge="calls",
    meter="request_count",
    quantity=2,
    unit="requests",
    amount="1.00",
    amount_exact="1",
    currency="EUR",
    correction_of=None,
    formula="2 x 0.5",
    not_billable=0,
    missing=0,
)


def table(lines: Sequence[BillLine]) -> str:
    stream = io.StringIO()
    write_table([msgspec.structs.asdict(each) for each in lines], list(BILL_COLUMNS), bill_layout(lines), stream, 80)
    return stream.getvalue()


def test_a_correction_is_told_apart_from_the_usage_of_the_period() -> None:
    late = msgspec.structs.replace(LINE, correction_of="2026-02", formula=f"2026-02: {'7 for 3.50 (7 x 0.5)' * 4}")
    found = table([LINE, late])
    assert any(line.startswith("correction_of ") for line in found.splitlines())
    assert any(line.startswith("2026-02 ") for line in found.splitlines())
