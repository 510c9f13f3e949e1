"""Times as people write them on the command line, and as reports print them.

Usage is stored per UTC hour, so a time is the begin of an hour. Without an offset behind it, it is the time of a clock,
and the time zone says when that was.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from gatemeter.errors import SettingsError
from gatemeter.output.text import shortened

# The bounds of ClickHouse's DateTime, which stores the hours.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2106, 2, 7, 6, tzinfo=UTC)

_FORMS = (
    (re.compile(r"\d{4}-\d{2}", re.ASCII), "%Y-%m"),
    (re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII), "%Y-%m-%d"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", re.ASCII), "%Y-%m-%dT%H:%M"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", re.ASCII), "%Y-%m-%dT%H:%M:%S"),
)
_HOUR_OFFSET = re.compile(r"(?<=:\d{2})([+-])([01]\d|2[0-3]):([0-5]\d)\Z", re.ASCII)
_HOW = "write 2026-02, 2026-02-01 or 2026-02-01T10:00"
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WrittenTime:
    """The begin of a month, a day or an hour; `text` is how it was written, as the value of `flag`.

    `clock` is what a clock shows then, without a time zone; `offset` the clock's offset from UTC if the text says it.
    `is_hour` says whether the text names an hour.
    """

    text: str
    flag: str
    clock: datetime
    offset: timedelta | None
    is_hour: bool

    @classmethod
    def parse(cls, text: str, *, flag: str) -> Self:
        """Read 2026-02, 2026-02-01, 2026-02-01T10:00 or 2026-02-01T10:00:00+01:00; a Z means UTC.

        Raises SettingsError, naming `flag`.
        """
        plain, offset = _without_offset(text.strip())
        for form, python_format in _FORMS:
            if form.fullmatch(plain):
                clock = _full_hour(plain, python_format, text, flag)
                return cls(shortened(text), flag, clock, offset, "T" in plain)
        raise SettingsError(f"{shortened(text)!r} is not a date", where=flag, do=_HOW)

    def in_utc(self) -> datetime:
        """The time in UTC; without an offset the clock is UTC's. Raises SettingsError for what cannot be stored."""
        moment = (self.clock - (self.offset or timedelta())).replace(tzinfo=UTC)
        if moment.minute:
            raise SettingsError(f"{self.text!r} is not a full hour of UTC", where=self.flag, do="usage is stored by it")
        if not EARLIEST <= moment <= LATEST:
            raise outside_refusal(self.text, self.flag)
        return moment


def parse_moment(text: str, *, flag: str) -> datetime:
    """The time at which a month, a day or an hour begins, in UTC; see `WrittenTime`. Raises SettingsError."""
    return WrittenTime.parse(text, flag=flag).in_utc()


def outside_refusal(text: str, flag: str) -> SettingsError:
    """The error for a time at which no usage can be stored."""
    return SettingsError(f"{text!r} is outside of {EARLIEST:%Y} to {LATEST:%Y-%m-%d}", where=flag)


def _without_offset(text: str) -> tuple[str, timedelta | None]:
    if text.endswith("Z"):
        return text.removesuffix("Z"), timedelta()
    found = _HOUR_OFFSET.search(text)
    if found is None:
        return text, None
    sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return text[: found.start()], -offset if sign == "-" else offset


def _full_hour(plain: str, python_format: str, text: str, flag: str) -> datetime:
    try:
        clock = datetime.strptime(plain, python_format)  # noqa: DTZ007 - the time zone is not known here
    except ValueError as error:
        raise SettingsError(f"{text!r} is not in the calendar", where=flag, do=_HOW) from error
    if clock.minute or clock.second:
        raise SettingsError(f"{text!r} is not a full hour", where=flag, do="usage is stored by the hour")
    # No zone is a day from UTC; so no arithmetic with what is left leaves Python's calendar.
    if not EARLIEST.replace(tzinfo=None) - _A_DAY <= clock <= LATEST.replace(tzinfo=None) + _A_DAY:
        raise outside_refusal(text, flag)
    return clock
