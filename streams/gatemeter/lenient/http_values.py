"""Sizes, statuses and durations of requests in logs, which often write numbers as text."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gatemeter.errors import RejectedEvent
from gatemeter.lenient.fields import Fields
from gatemeter.lenient.numbers import INT64_MAX, INT64_MIN, LONGEST_MS, exact_number

SECOND_MS = Decimal(1000)
NANOSECOND_MS = Decimal("0.000001")


def size_bytes(fields: Fields, name: str, reason: str) -> int | None:
    """Whole bytes; a negative size and a value that is not a number are ignored.

    Raises RejectedEvent with `reason` for a number outside signed 64 bits.
    """
    number = number_or_infinity(fields.values.get(name))
    if number is not None and not INT64_MIN <= number <= INT64_MAX:
        raise RejectedEvent(reason, f"{fields.path_of(name)} is outside signed 64 bits")
    if number is not None and number >= 0:
        return int(number)
    if fields.values.get(name) is not None:
        fields.ignore(name)
    return None


def request_bytes(fields: Fields, name: str) -> int | None:
    """What came from the client, as `size_bytes`. Raises RejectedEvent: request_size_out_of_range."""
    return size_bytes(fields, name, "request_size_out_of_range")


def response_bytes(fields: Fields, name: str) -> int | None:
    """What went to the client, as `size_bytes`. Raises RejectedEvent: response_size_out_of_range."""
    return size_bytes(fields, name, "response_size_out_of_range")


def duration_ms(fields: Fields, name: str, unit_ms: Decimal) -> float | None:
    """A duration that is logged in units of `unit_ms` milliseconds; None if it is negative, which is not measured.

    A value that is not a number, or too large to be a measurement, is ignored.
    """
    value = fields.values.get(name)
    number_ms = in_ms(value, unit_ms)
    if number_ms is None and value is not None:
        fields.ignore(name)
    return None if number_ms is None or number_ms < 0 else float(number_ms)


def in_ms(value: object, unit_ms: Decimal) -> Decimal | None:
    """A number of units of `unit_ms` milliseconds in ms; None unless it is one within `LONGEST_MS` of 0."""
    number, largest = exact_number(value), LONGEST_MS / unit_ms
    return number * unit_ms if number is not None and -largest <= number <= largest else None


def require_member(document: Mapping[str, Any], name: str) -> None:
    """Raise RejectedEvent (not_an_access_log_event) if a document lacks what its format writes of every request."""
    if name not in document:
        raise RejectedEvent("not_an_access_log_event", f"no member {name}")


LOWEST_STATUS = 100


def told_status(number: int | None) -> int | None:
    """`number`, or None below the statuses of HTTP: where there was none programs write 0, -1, or 9 for HTTP/0.9."""
    return None if number is None or number < LOWEST_STATUS else number


def http_status(fields: Fields, *names: str) -> int | None:
    """The first of `names` that has a value, as `told_status`. Raises RejectedEvent: status_invalid,
    status_out_of_range.
    """
    for name in names:
        if fields.values.get(name) is not None:
            return told_status(_status(fields.values[name], fields.path_of(name)))
    return None


def _status(value: object, path: str) -> int:
    number = number_or_infinity(value)
    if number is None:
        raise RejectedEvent("status_invalid", f"{path} is no number")
    if not INT64_MIN <= number <= INT64_MAX:
        raise RejectedEvent("status_out_of_range", f"{path} is outside signed 64 bits")
    if number != int(number):
        raise RejectedEvent("status_invalid", f"{path} is not a whole number")
    return int(number)


def number_or_infinity(value: object) -> Decimal | None:
    """The number in `value`; infinity for one that is too large to hold, so that it is found to be out of range."""
    if isinstance(value, Decimal) and value.is_infinite():
        return value
    return exact_number(value)
