"""Exports without a store: lines and rows that are made up, and files that are read back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.exports.destinations.destination import Destination
from gatemeter.exports.export import Outcome, export
from gatemeter.exports.exported_line import exported_lines
from gatemeter.exports.exported_period import ExportedPeriod
from gatemeter.exports.manifest import Identity, UsageDifference
from gatemeter.exports.table_columns import columns_of
from gatemeter.exports.table_files import FileFormat, Row, Table
from gatemeter.exports.usage_row import UsageRow
from tests.support.plan_files import book

LINE_NAMES = ("id", "key", *BillLine.__struct_fields__)
USAGE_NAMES = UsageRow.__struct_fields__


def bill_line(**values: Any) -> BillLine:
    """A line of acme's requests."""
    common = {"period": "2026-02", "account": "acme", "plan": "starter", "charge": "requests", "meter": "request_count"}
    amounts = {"quantity": 5, "unit": "requests", "amount": "0.01", "amount_exact": "0.005", "currency": "EUR"}
    rest = {"correction_of": None, "formula": "5 x 0.001", "not_billable": 0, "missing": 0}
    return BillLine(**{**common, **amounts, **rest, **values})


def usage_row(number: int = 0, **values: Any) -> Row:
    """A row of a day."""
    common = {"period": "2026-02", "account": "acme", "plan": "starter", "charge": "requests", "meter": "request_count"}
    when = {"start": f"2026-02-{number % 28 + 1:02d}T00:00:00Z", "end": "2026-03-01T00:00:00Z"}
    amounts = {"quantity": number, "unit": "requests", "not_billable": 0, "missing": 0, "currency": None}
    row = UsageRow.of(**{**common, "consumer": f"consumer-{number}", **when, **amounts, **values})
    return {name: getattr(row, name) for name in USAGE_NAMES}


@dataclass(frozen=True, slots=True)
class MadeUpTables:
    """Lines, and `rows` of usage."""

    lines: Sequence[BillLine]
    rows: int = 10
    usage_differences: Sequence[UsageDifference] = ()
    names: Sequence[str] = ("lines", "usage")

    def tables(self) -> Iterator[Table]:
        yield Table("lines", columns_of(LINE_NAMES), exported_lines(self.lines))
        yield Table("usage", columns_of(USAGE_NAMES), map(usage_row, range(self.rows)))


def exported_to(
    to: Destination,
    *lines: BillLine,
    rows: int = 10,
    form: str = "jsonl",
    period: str = "2026-02",
    tables: type[MadeUpTables] = MadeUpTables,
) -> Outcome:
    """Export lines, by default one, and rows of usage, as a preview."""
    told = lines or (bill_line(),)
    exported = ExportedPeriod(BillingPeriod.parse(period), None, book(), None, told, ["a preview"], {})
    identity = Identity(kind=form, period=period, account=None, grain="day")
    table_format = FileFormat(form).table_format
    return export(identity, exported, tables(told, rows), table_format, to, lambda _name, _rows: None)
