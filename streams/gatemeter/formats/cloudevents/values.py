"""Values in CloudEvents: times (RFC 3339), counts, sizes and statuses; senders often write numbers as text."""

import re
from datetime import date
from decimal import Decimal

from gatemeter.errors import RejectedEvent
from gatemeter.lenient.fields import Fields
from gatemeter.lenient.numbers import INT64_MAX, INT64_MIN, LARGEST_TOKEN_COUNT, exact_number

_DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.(\d+))?"
    r"(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))",
    re.ASCII,
)
_UNIX_DAY = date(1970, 1, 1).toordinal()
_LEAP_SECOND = 60


def unix_ms(text: str) -> int | None:
    """Unix ms of an RFC 3339 time, rounded down; None if `text` is not one.

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


def has_value(fields: Fields, *names: str) -> bool:
    """Whether any of `names` has a value that is neither null nor empty text."""
    return any(fields.values.get(name) not in (None, "") for name in names)


def has_number(fields: Fields, name: str) -> bool:
    """Whether `name` is a number or the text of one."""
    return _number(fields.values.get(name)) is not None


def token_count(fields: Fields, *names: str) -> int | None:
    """The first of `names` that is a whole number from 0 to `LARGEST_TOKEN_COUNT`; other values are ignored."""
    for name in names:
        number = _number(fields.values.get(name))
        if number is not None and 0 <= number <= LARGEST_TOKEN_COUNT and number == int(number):
            return int(number)
        if fields.values.get(name) is not None:
            fields.ignore(name)
    return None


def size_bytes(fields: Fields, name: str, reason: str) -> int | None:
    """Whole bytes; a negative size and a value that is not a number are ignored.

    Raises RejectedEvent with `reason` for a number outside signed 64 bits.
    """
    number = _number(fields.values.get(name))
    if number is not None and not INT64_MIN <= number <= INT64_MAX:
        raise RejectedEvent(reason, f"{fields.path_of(name)} is outside signed 64 bits")
    if number is not None and number >= 0:
        return int(number)
    if fields.values.get(name) is not None:
        fields.ignore(name)
    return None


def http_status(fields: Fields, *names: str) -> int | None:
    """The first of `names` that has a value. Raises RejectedEvent: status_invalid, status_out_of_range."""
    for name in names:
        if fields.values.get(name) is not None:
            return _status(fields.values[name], fields.path_of(name))
    return None


def _status(value: object, path: str) -> int:
    number = _number(value)
    if number is None:
        raise RejectedEvent("status_invalid", f"{path} is no number")
    if not INT64_MIN <= number <= INT64_MAX:
        raise RejectedEvent("status_out_of_range", f"{path} is outside signed 64 bits")
    if number != int(number):
        raise RejectedEvent("status_invalid", f"{path} is not a whole number")
    return int(number)


def _number(value: object) -> Decimal | None:
    """The number in `value`; infinity for one that is too large to hold, so that it is found to be out of range."""
    if isinstance(value, Decimal) and value.is_infinite():
        return value
    return exact_number(value)
