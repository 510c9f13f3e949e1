"""Pages of rows, each of which begins behind the last row of the one before.

Rows of pages are in the order of their periods and groups. By these no row is told twice or left out while numbers
change between one page and the next, as it would be by a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gatemeter.reports.period import Period

_DATED = (Period.DAY, Period.WEEK, Period.MONTH, Period.YEAR, None)


def is_of_moments(period: Period | None) -> bool:
    """Whether periods are named by a moment with its offset from UTC, not by a date."""
    return period not in _DATED


@dataclass(frozen=True, slots=True)
class PageKey:
    """What tells a row apart: its period, '' without periods, and the values of its groups."""

    period: str
    groups: Sequence[str]

    @property
    def query_parameters(self) -> dict[str, object]:
        """The parameters of `page_sql`."""
        return {"after_period": self.period, "after_groups": list(self.groups)}


def page_sql(statement: str, groups: str, period: Period | None, most_rows: int, *, is_first: bool) -> str:
    """The SQL of the first rows of `statement`, or of those behind a `PageKey`.

    `groups` is an array of texts, SQL of the columns of the statement, which are those of `found`.
    """
    found, after = _moment("found.period", period), _moment("{after_period:String}", period)
    key = f"({found}, found.period, {groups})"
    behind = f"{key} > ({after}, {{after_period:String}}, {{after_groups:Array(String)}})"
    return (
        f"SELECT *\nFROM\n(\n{statement}\n) AS found\nWHERE {'1' if is_first else behind}\n"
        f"ORDER BY {key}\nLIMIT {most_rows:d}"
    )


def _moment(text: str, period: Period | None) -> str:
    # As texts, the hours of a clock that is put back would be in the wrong order.
    return f"parseDateTimeBestEffort({text}, 'UTC')" if is_of_moments(period) else "0"
