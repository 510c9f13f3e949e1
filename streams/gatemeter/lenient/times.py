"""Times as logs write them, in Unix ms rounded down.

A leap second counts as the last ms of its minute, so that it stays in its day and month.
"""

import re
from collections.abc import Collection
from datetime import date
from decimal import Decimal

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.(\d+))?"
    r"(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))",
    re.ASCII,
)
_BASIC_OFFSET = re.compile(r"(?<=\d)([+-]\d\d)(\d\d)\Z", re.ASCII)
_COMMON_LOG = re.compile(
    r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.(\d+))?"
    r"(?: ([+-])([01]\d|2[0-3])([0-5]\d))?",
    re.ASCII,
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNIX_DAY = date(1970, 1, 1).toordinal()
_LEAP_SECOND = 60
_EARLIEST_S, _LATEST_S, _LARGEST_TIME = 10**9, 9 * 10**9, 10**19
UNIT_MS = {"s": Decimal(1000), "ms": Decimal(1), "us": Decimal("0.001"), "ns": Decimal("0.000001")}
_GO_UNIT_MS = {
    "h": Decimal(3_600_000),
    "m": Decimal(60_000),
    "s": Decimal(1000),
    "ms": Decimal(1),
    "µs": Decimal("0.001"),
    "us": Decimal("0.001"),
    "ns": Decimal("0.000001"),
}
_GO_DURATION_PART = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(h|ms|m|s|µs|us|ns)", re.ASCII)
_GO_DURATION = re.compile(rf"(?:{_GO_DURATION_PART.pattern}){{1,4}}", re.ASCII)


def rfc3339_ms(text: str) -> int | None:
    """Unix ms of an RFC 3339 time; None if `text` is not one.

    An offset is required: without it the time could be anywhere within a day.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(digits) for digits in match.group(1, 2, 3))
    return _unix_ms(year, month, day, match)


def iso8601_ms(text: str) -> int | None:
    """As `rfc3339_ms`, also with an offset as in `+0100`, which programs in Go and C write."""
    return rfc3339_ms(_BASIC_OFFSET.sub(r"\1:\2", text))


def common_log_ms(text: str) -> int | None:
    """Unix ms of a time as in `11/Feb/2026:09:14:02 +0000`, also with a fraction; None if `text` is not one.

    A time without an offset is taken for UTC.
    """
    match = _COMMON_LOG.fullmatch(text)
    if match is None or match[2] not in _MONTHS:
        return None
    return _unix_ms(int(match[3]), _MONTHS.index(match[2]) + 1, int(match[1]), match)


def go_duration_ms(text: str) -> Decimal | None:
    """Milliseconds of a duration as Go prints it (`46.5ms`, `1m2.25s`, `0s`); None if `text` is not one.

    https://pkg.go.dev/time#Duration.String
    """
    if _GO_DURATION.fullmatch(text) is None:
        return None
    parts = _GO_DURATION_PART.findall(text)
    return sum((Decimal(number) * _GO_UNIT_MS[unit] for number, unit in parts), Decimal(0))


def unix_ms_by_size(number: Decimal, units: Collection[str] = ("s", "ms", "us", "ns")) -> Decimal | None:
    """Unix ms of a time in one of `units`, told by its size; None if it is in none of them.

    Times from 2001 to 2255 in different units are far apart.
    """
    if not _EARLIEST_S <= number <= _LARGEST_TIME:
        return None
    in_ms = (number * UNIT_MS[unit] for unit in units)
    return next((ms for ms in in_ms if _EARLIEST_S * 1000 <= ms <= _LATEST_S * 1000), None)


def _unix_ms(year: int, month: int, day: int, match: re.Match[str]) -> int | None:
    """`match` has hour, minute, second, fraction and the offset in its groups 4 to 10."""
    try:
        days = date(year, month, day).toordinal() - _UNIX_DAY
    except ValueError:
        return None
    hour, minute, second = (int(digits) for digits in match.group(4, 5, 6))
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
