"""Event times: RFC 3339 to Unix milliseconds, in whole numbers."""

import re
from datetime import date

_DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.(\d+))?"
    r"(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))",
    re.ASCII,
)
_UNIX_DAY = date(1970, 1, 1).toordinal()
_LEAP_SECOND = 60


def unix_ms(text: str) -> int | None:
    """Unix ms of an RFC 3339 time, what is finer than a ms dropped; None if `text` is none.

    An offset is required: without it the time could be anywhere within a day. A leap second counts as the last ms of
    its minute, so that it stays in its day and month.
    """
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(digits) for digits in match.group(1, 2, 3, 4, 5, 6))
    try:
        days = date(year, month, day).toordinal() - _UNIX_DAY
    except ValueError:
        return None
    is_leap_second = second == _LEAP_SECOND
    minutes = (days * 24 + hour) * 60 + minute - _offset_minutes(*match.group(8, 9, 10))
    seconds = minutes * 60 + (59 if is_leap_second else second)
    return seconds * 1000 + (999 if is_leap_second else _ms_of(match.group(7)))


def _ms_of(fraction: str | None) -> int:
    return int((fraction or "")[:3].ljust(3, "0"))


def _offset_minutes(sign: str | None, hours: str | None, minutes: str | None) -> int:
    if sign is None or hours is None or minutes is None:
        return 0
    offset = int(hours) * 60 + int(minutes)
    return -offset if sign == "-" else offset
