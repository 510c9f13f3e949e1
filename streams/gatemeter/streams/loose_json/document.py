"""JSON text into Python values, with every number exact."""

import json
from decimal import Decimal
from typing import Any

import msgspec

from gatemeter.streams.loose_json.numbers import OUT_OF_RANGE, decimal_of_digits, integer_of_digits

_decode = msgspec.json.Decoder(float_hook=decimal_of_digits).decode


class _Unreadable:
    """The type of `UNREADABLE`."""

    __slots__ = ()


UNREADABLE = _Unreadable()
"""What `parse_json` returns for text that is no JSON; None is JSON's null."""


def parse_json(text: bytes | str) -> Any:
    """The value of `text`; numbers with a fraction or an exponent are Decimal. `UNREADABLE` if it is no JSON.

    Never raises: not for numbers of thousands of digits (`OUT_OF_RANGE`), nor for nesting too deep to follow.
    """
    try:
        return _decode(text)
    except (msgspec.MsgspecError, UnicodeError):
        return _parse_slowly(text)
    except RecursionError:
        return UNREADABLE


def _parse_slowly(text: bytes | str) -> Any:
    """msgspec refuses integers out of its range and lone surrogates; the standard library reads them."""
    try:
        return json.loads(
            text if isinstance(text, str) else text.decode("utf-8"),
            parse_int=integer_of_digits,
            parse_float=decimal_of_digits,
            parse_constant=_not_finite,
        )
    except (ValueError, RecursionError):
        return UNREADABLE


def _not_finite(_: str) -> Decimal:
    return OUT_OF_RANGE
