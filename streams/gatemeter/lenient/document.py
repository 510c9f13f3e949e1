"""JSON text into Python values with exact numbers: whole ones as int, all others as Decimal.

There are two parsers. msgspec is the quick one, but it refuses integers of thousands of digits and half of a surrogate
pair, wherever they stand. The standard library reads both.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from gatemeter.lenient.numbers import OUT_OF_RANGE, decimal_of_digits, integer_of_digits

parse_quickly = msgspec.json.Decoder(float_hook=decimal_of_digits).decode
"""The value of bytes or text. Raises msgspec.MsgspecError, UnicodeDecodeError and RecursionError."""


def parse_slowly(text: bytes | str, on_constant: Callable[[str], Any]) -> Any:
    """The value of `text`; NaN and infinities become what `on_constant` returns for their names.

    Raises ValueError and RecursionError.
    """
    return json.loads(
        text if isinstance(text, str) else text.decode("utf-8"),
        parse_int=integer_of_digits,
        parse_float=decimal_of_digits,
        parse_constant=on_constant,
    )


class _Unreadable:
    """The type of `UNREADABLE`."""

    __slots__ = ()


UNREADABLE = _Unreadable()
"""What `parse_json` returns for text that is not JSON; None is JSON's null."""


def parse_json(text: bytes | str) -> Any:
    """The value of `text`, or `UNREADABLE` if it is not JSON or nested too deep to follow. Never raises.

    Numbers with a fraction or an exponent are Decimal, integers of thousands of digits `OUT_OF_RANGE`.
    """
    try:
        return parse_quickly(text)
    except (msgspec.MsgspecError, UnicodeError):
        pass
    except RecursionError:
        return UNREADABLE
    try:
        return parse_slowly(text, _not_finite)
    except (ValueError, RecursionError):
        return UNREADABLE


def _not_finite(_: str) -> Decimal:
    return OUT_OF_RANGE
