"""An export in the columns of FOCUS."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatemeter.exports.focus.focus_columns import FocusProfile, focus_columns
from gatemeter.exports.focus.focus_rows import FocusRows
from gatemeter.exports.manifest import UsageDifference
from gatemeter.exports.table_files import Table

_COST_AND_USAGE = "cost_and_usage"


@dataclass(frozen=True, slots=True)
class FocusTables:
    """One table, with a row a line of the bill."""

    rows: FocusRows
    profile: FocusProfile
    names: Sequence[str] = (_COST_AND_USAGE,)
    usage_differences: Sequence[UsageDifference] = ()

    def tables(self) -> Iterator[Table]:
        """See `ExportTables`."""
        yield Table(_COST_AND_USAGE, focus_columns(self.profile), self.rows.rows())
