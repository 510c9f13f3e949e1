"""Lines of a bill as `bill` and `statement show` print them: with the id by which `explain --line` finds each."""

from collections.abc import Iterator, Sequence
from typing import Any

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.bill_table import BILL_COLUMNS
from gatemeter.exports.exported_line import exported_lines

LINE_COLUMNS = (*BILL_COLUMNS, "id")
"""The columns of every form of output."""


def line_records(lines: Sequence[BillLine]) -> Iterator[dict[str, Any]]:
    """`lines`, each with the `id` that it has in exports, which is of its content."""
    for each in exported_lines(lines):
        yield {name: each[name] for name in LINE_COLUMNS}
