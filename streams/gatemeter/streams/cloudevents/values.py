"""Values that events of metering services hold, out of loosely typed JSON: numbers are often written as text."""

from decimal import Decimal

from gatemeter.contracts.errors import RejectedEvent
from gatemeter.contracts.kong_event import INT64_MAX, INT64_MIN
from gatemeter.streams.loose_json.fields import Fields
from gatemeter.streams.loose_json.numbers import LARGEST_TOKEN_COUNT, exact_number


def has_value(fields: Fields, *names: str) -> bool:
    """Whether any of `names` has a value that is neither null nor empty text."""
    return any(fields.values.get(name) not in (None, "") for name in names)


def has_number(fields: Fields, name: str) -> bool:
    """Whether `name` is a number or the text of one."""
    return _number(fields.values.get(name)) is not None


def token_count(fields: Fields, *names: str) -> int | None:
    """The first of `names` that is a whole number from 0 to `LARGEST_TOKEN_COUNT`; what is none is left out."""
    for name in names:
        number = _number(fields.values.get(name))
        if number is not None and 0 <= number <= LARGEST_TOKEN_COUNT and number == int(number):
            return int(number)
        if fields.values.get(name) is not None:
            fields.leave_out(name)
    return None


def size_bytes(fields: Fields, name: str, reason: str) -> int | None:
    """Whole bytes; what is no number, or negative, is left out. Raises RejectedEvent(`reason`) outside 64 bits."""
    number = _number(fields.values.get(name))
    if number is not None and not INT64_MIN <= number <= INT64_MAX:
        raise RejectedEvent(reason, f"{fields.path_of(name)} is outside signed 64 bits")
    if number is not None and number >= 0:
        return int(number)
    if fields.values.get(name) is not None:
        fields.leave_out(name)
    return None


def http_status(fields: Fields, *names: str) -> int | None:
    """The first of `names` that is there. Raises RejectedEvent: status_invalid, status_out_of_range."""
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
    """Also the infinity that stands for a number too large to hold, so that it is found to be out of range."""
    if isinstance(value, Decimal) and value.is_infinite():
        return value
    return exact_number(value)
