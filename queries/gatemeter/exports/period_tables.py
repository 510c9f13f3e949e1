"""The tables of a period: the lines of its bill, and the usage behind them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec
from clickhouse_connect.driver.client import Client

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.rating import total
from gatemeter.exports.exported_line import exported_lines
from gatemeter.exports.exported_period import ExportedPeriod
from gatemeter.exports.manifest import UsageDifference
from gatemeter.exports.table_columns import columns_of
from gatemeter.exports.table_files import Row, Table
from gatemeter.exports.usage_row import UsageRow
from gatemeter.exports.usage_rows import Grain, usage_rows
from gatemeter.plans.amount import plain

LINES, USAGE = "lines", "usage"
_LINE_COLUMNS = columns_of(("id", "key", *BillLine.__struct_fields__))
_USAGE_COLUMNS = columns_of(UsageRow.__struct_fields__)


@dataclass(slots=True)
class PeriodTables:
    """The tables in the order in which they are read, each once; then `usage_differences` is complete."""

    client: Client
    exported: ExportedPeriod
    grain: Grain
    _used: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    @property
    def names(self) -> Sequence[str]:
        """The names of the tables."""
        return (LINES, USAGE)

    def tables(self) -> Iterator[Table]:
        """The tables. Reading the rows raises as `usage_rows` does."""
        yield Table(LINES, _LINE_COLUMNS, exported_lines(self.exported.lines))
        yield Table(USAGE, _USAGE_COLUMNS, self._usage())

    def _usage(self) -> Iterator[Row]:
        for row in usage_rows(self.client, self.exported, self.grain):
            key = row.account, row.charge
            self._used[key] = total((self._used.get(key, Decimal(0)), Decimal(row.quantity or 0)))
            yield msgspec.structs.asdict(row)

    @property
    def usage_differences(self) -> Sequence[UsageDifference]:
        """The charges whose usage is not what their lines say."""
        of_lines = {
            (each.account, each.charge): Decimal(each.quantity or 0)
            for each in self.exported.lines
            if each.meter is not None and each.correction_of is None
        }
        both = {key: (quantity, self._used.get(key, Decimal(0))) for key, quantity in of_lines.items()}
        return [
            UsageDifference(account=account, charge=charge, line=plain(quantity), usage=plain(used))
            for (account, charge), (quantity, used) in both.items()
            if quantity != used
        ]
