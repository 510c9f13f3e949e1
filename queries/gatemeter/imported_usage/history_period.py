"""The periods of a history: of one kind, by the names that the billable report gives them."""

import re
from datetime import UTC, date, datetime

from gatemeter.reports.period import Period

_FORMS = {
    Period.YEAR: r"\d{4}",
    Period.MONTH: r"\d{4}-\d\d",
    Period.WEEK: r"\d{4}-\d\d-\d\d",
    Period.DAY: r"\d{4}-\d\d-\d\d",
    Period.HOUR: r"\d{4}-\d\d-\d\dT\d\d:00:00Z",
}
_LENGTHS = {Period.YEAR: 4, Period.MONTH: 7, Period.WEEK: 10, Period.DAY: 10}
_MONDAY = 1
_FIRST_YEAR, _LAST_YEAR = 2010, 2099


class HistoryPeriod:
    """Reads names of periods of one kind."""

    def __init__(self, kind: Period) -> None:
        self._kind = kind
        self._form = re.compile(_FORMS[kind], re.ASCII)

    def named(self, text: str) -> str | None:
        """The name of the period that `text` names, or whose first moment (UTC) it is; None for anything else."""
        name = text if self._form.fullmatch(text) else self._beginning_at(text)
        return name if name is not None and self._is_in_calendar(name) else None

    def _beginning_at(self, text: str) -> str | None:
        """Of `2026-02-01` or `2026-02-01T00:00:00Z` the month `2026-02`."""
        if not re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]00:00)?)?", text, re.ASCII):
            return None
        try:
            moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
        except ValueError:
            return None
        whole = {
            Period.YEAR: moment.replace(month=1, day=1, hour=0, minute=0, second=0),
            Period.MONTH: moment.replace(day=1, hour=0, minute=0, second=0),
            Period.HOUR: moment.replace(minute=0, second=0),
        }.get(self._kind, moment.replace(hour=0, minute=0, second=0))
        if moment != whole:
            return None
        return f"{moment:%Y-%m-%dT%H:00:00Z}" if self._kind is Period.HOUR else text[: _LENGTHS[self._kind]]

    def _is_in_calendar(self, name: str) -> bool:
        try:
            day = date.fromisoformat((name + "-01-01")[:10])
            datetime.fromisoformat(name) if self._kind is Period.HOUR else None
        except ValueError:
            return False
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            return False
        return self._kind is not Period.WEEK or day.isoweekday() == _MONDAY
