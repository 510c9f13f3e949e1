"""Values in the data of CloudEvents: senders often write numbers as text."""

from gatemeter.lenient.fields import Fields
from gatemeter.lenient.http_values import number_or_infinity
from gatemeter.lenient.numbers import LARGEST_TOKEN_COUNT


def has_value(fields: Fields, *names: str) -> bool:
    """Whether any of `names` has a value that is neither null nor empty text."""
    return any(fields.values.get(name) not in (None, "") for name in names)


def has_number(fields: Fields, name: str) -> bool:
    """Whether `name` is a number or the text of one."""
    return number_or_infinity(fields.values.get(name)) is not None


def token_count(fields: Fields, *names: str) -> int | None:
    """The first of `names` that is a whole number from 0 to `LARGEST_TOKEN_COUNT`; other values are ignored."""
    for name in names:
        number = number_or_infinity(fields.values.get(name))
        if number is not None and 0 <= number <= LARGEST_TOKEN_COUNT and number == int(number):
            return int(number)
        if fields.values.get(name) is not None:
            fields.ignore(name)
    return None
