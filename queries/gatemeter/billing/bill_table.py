"""How lines of a bill stand in a table."""

from collections.abc import Iterable
from dataclasses import replace

from gatemeter.billing.bill_line import BillLine
from gatemeter.output.layout import MissingCount, TableLayout

BILL_COLUMNS = BillLine.__struct_fields__
"""What a line says, in the order of every form of output."""

_LAYOUT = TableLayout(
    columns=("account", "charge", "quantity", "unit", "amount", "currency", "formula"),
    keys=("account", "charge"),
    kept_together=("account",),
    never_cut=("id",),
    most_important=("amount", "currency", "quantity"),
    first_left_out=("id", "offsets", "amount_exact", "correction_of", "meter", "not_billable", "plan", "formula"),
    unit_columns={"amount": "currency"},
    missing_counts=(MissingCount("missing", "missing", "events without a value are in no quantity"),),
)
_WITH_CORRECTIONS = replace(
    _LAYOUT,
    columns=("account", "charge", "correction_of", "quantity", "unit", "amount", "currency", "formula"),
    keys=("account", "charge", "correction_of"),
    first_left_out=("id", "offsets", "amount_exact", "meter", "not_billable", "plan", "formula"),
)


def bill_layout(lines: Iterable[BillLine]) -> TableLayout:
    """With the period of a correction beside its charge, which also has a line for the period of the bill."""
    return _WITH_CORRECTIONS if any(line.correction_of for line in lines) else _LAYOUT
