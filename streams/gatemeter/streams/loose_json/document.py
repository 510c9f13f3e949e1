"""JSON text into Python values, with every number exact."""

from decimal import Decimal
from typing import Any

import msgspec

from gatemeter.streams.loose_json.exact_json import parse_quickly, parse_slowly
from gatemeter.streams.loose_json.numbers import OUT_OF_RANGE


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
