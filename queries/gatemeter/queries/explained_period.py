"""A calendar period as people write it where a number is explained: a year, month, day or hour."""

import re
from datetime import datetime, timedelta

from gatemeter.contracts.errors import SettingsError
from gatemeter.queries.period import Period, TimeSpan, parse_moment

_FLAG = "--period"
_FORMS = (
    (re.compile(r"\d{4}", re.ASCII), Period.YEAR, "-01"),
    (re.compile(r"\d{4}-\d{2}", re.ASCII), Period.MONTH, ""),
    (re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII), Period.DAY, ""),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}", re.ASCII), Period.HOUR, ":00"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", re.ASCII), Period.HOUR, ""),
)


def parse_period(text: str) -> tuple[Period, TimeSpan]:
    """The kind of the period that `text` names, and its hours (UTC): 2026, 2026-02, 2026-02-01, 2026-02-01T10.

    Raises SettingsError.
    """
    plain = text.strip().removesuffix("Z")
    for form, period, rest in _FORMS:
        if form.fullmatch(plain):
            start = parse_moment(plain + rest, flag=_FLAG)
            return period, TimeSpan(start, min(_end_of(start, period), TimeSpan().end))
    raise SettingsError(
        f"{text!r} is no period", where=_FLAG, do="write 2026, 2026-02, 2026-02-01 or 2026-02-01T10 (UTC)"
    )


def _end_of(start: datetime, period: Period) -> datetime:
    match period:
        case Period.YEAR:
            return start.replace(year=start.year + 1)
        case Period.MONTH:
            return (start + timedelta(days=31)).replace(day=1)
        case Period.DAY:
            return start + timedelta(days=1)
        case Period.HOUR:
            return start + timedelta(hours=1)
