"""The two parsers of JSON with exact numbers: whole ones as int, all others as Decimal.

msgspec is the quick one. It refuses integers of thousands of digits and half of a surrogate pair, wherever they stand;
the standard library's reads them.
"""

import json
from collections.abc import Callable
from typing import Any

import msgspec

from gatemeter.streams.loose_json.numbers import decimal_of_digits, integer_of_digits

parse_quickly = msgspec.json.Decoder(float_hook=decimal_of_digits).decode
"""The value of bytes or text. Raises msgspec.MsgspecError, UnicodeDecodeError and RecursionError."""


def parse_slowly(text: bytes | str, on_constant: Callable[[str], Any]) -> Any:
    """The value of `text`; NaN and infinities are what `on_constant` makes of them.

    Raises ValueError and RecursionError.
    """
    return json.loads(
        text if isinstance(text, str) else text.decode("utf-8"),
        parse_int=integer_of_digits,
        parse_float=decimal_of_digits,
        parse_constant=on_constant,
    )
