"""JSON text into Python values with exact numbers: whole ones as int, all others as Decimal.

msgspec is the quick parser. It refuses integers of thousands of digits and half of a surrogate pair, wherever they
stand; the standard library reads both. What neither reads is mended first (`lenient.mending`), because a client must
not be able to make the log line of its own request unreadable.
"""

import json
import re
from decimal import Decimal
from typing import Any

import msgspec

from gatemeter.errors import RejectedEvent
from gatemeter.lenient.mending import (
    Mended,
    has_control_characters,
    mended_ends,
    with_quoted_values,
    with_valid_escapes,
    without_depths,
)
from gatemeter.lenient.numbers import OUT_OF_RANGE, decimal_of_digits, integer_of_digits

_parse_quickly = msgspec.json.Decoder(float_hook=decimal_of_digits).decode
_ODD = re.compile(rb"[\\NI\x00-\x1f]")
"""What a text has of which the standard library reads more: escapes, NaN, Infinity, control characters."""
_TOO_DEEP = "nested too deeply"


class _Unreadable:
    """The type of `UNREADABLE`."""

    __slots__ = ()


UNREADABLE = _Unreadable()
"""What `parse_json` returns for text that is not JSON; None is JSON's null."""


def parse_json(text: bytes | str) -> Any:
    """As `parse_document`, but `UNREADABLE` where it raises: for JSON that stands within an event."""
    # Half of a surrogate pair in a text becomes the escape that JSON has for it.
    raw = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
    try:
        return parse_document(raw, [])
    except RejectedEvent:
        return UNREADABLE


def parse_document(line: bytes, mended: list[str]) -> Any:
    """The JSON value of `line`. Numbers with a fraction or an exponent are Decimal.

    Integers of thousands of digits, NaN and infinities are `OUT_OF_RANGE`. What had to be mended is appended to
    `mended` in words: `(byte order mark)`, `(nested too deeply)`. Bytes that are not UTF-8 are U+FFFD in the value.

    Raises RejectedEvent: invalid_utf8, truncated_json, invalid_json.
    """
    try:
        if not line.isascii():
            line.decode("utf-8")  # msgspec looks at a text only when it has to make one
        return _parse_quickly(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _parse_mended(mended_ends(line), mended)


def _parse_mended(ends: Mended, mended: list[str]) -> Any:
    mended += ends.mended
    text = ends.text
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        try:
            return _parse_any_depth(text.decode("utf-8", "replace").encode(), mended)
        except RejectedEvent as rejected:
            raise RejectedEvent("invalid_utf8", f"byte {error.start + 1}; {rejected.detail}") from error
    return _parse_any_depth(text, mended)


def _parse_any_depth(text: bytes, mended: list[str]) -> Any:
    try:
        return _parse_unquoted(text, mended)
    except RecursionError:
        pass
    try:
        value = _parse_odd(without_depths(text), mended)
    except (RejectedEvent, RecursionError) as error:
        raise RejectedEvent("invalid_json", _TOO_DEEP) from error
    mended.append(f"({_TOO_DEEP})")
    return value


def _parse_unquoted(text: bytes, mended: list[str]) -> Any:
    """As `_parse_odd`, also where values lack their quotes. Raises RejectedEvent, RecursionError."""
    try:
        return _parse_odd(text, mended)
    except RejectedEvent:
        quoted = with_quoted_values(text)
        if quoted == text:
            raise
        value = _parse_odd(quoted, mended)
    mended.append("(values without quotes)")
    return value


def _parse_odd(text: bytes, mended: list[str]) -> Any:
    """The value of UTF-8 `text` by whichever parser reads it. Raises RejectedEvent, RecursionError."""
    try:
        return _parse_quickly(text)
    except msgspec.MsgspecError as error:
        refused = error
    if not isinstance(refused, msgspec.ValidationError) and _ODD.search(text) is None:
        raise _refusal(refused)
    try:
        return _parse_slowly(text, mended)
    except ValueError:
        with_escapes = with_valid_escapes(text)
    try:
        if with_escapes != text:
            value = _parse_slowly(with_escapes, mended)
            mended.append("(invalid escapes)")
            return value
    except ValueError:
        pass
    raise _refusal(refused)


def _refusal(refused: Exception) -> RejectedEvent:
    return RejectedEvent("truncated_json" if "truncated" in str(refused) else "invalid_json", str(refused))


def _parse_slowly(text: bytes, mended: list[str]) -> Any:
    """The value of `text` by the standard library's parser. Raises ValueError, RecursionError."""
    constants: list[str] = []
    try:
        value = _parse_with_constants(text, constants, strict=True)
        controls = []
    except ValueError:
        # A newline in a string would make one document of two broken lines.
        if b"\n" in text or not has_control_characters(text):
            raise
        value = _parse_with_constants(text, constants, strict=False)
        controls = ["(control characters)"]
    mended += [*(f"({name})" for name in dict.fromkeys(constants)), *controls]
    return value


def _parse_with_constants(text: bytes, constants: list[str], *, strict: bool) -> Any:
    def out_of_range(name: str) -> Decimal:
        constants.append(name)
        return OUT_OF_RANGE

    return json.loads(
        text.decode("utf-8"),
        strict=strict,
        parse_int=integer_of_digits,
        parse_float=decimal_of_digits,
        parse_constant=out_of_range,
    )


def json_type(value: Any) -> str:
    """What JSON calls the type of a parsed value."""
    names = {bool: "boolean", str: "string", int: "number", float: "number", Decimal: "number"}
    return (names | {list: "array", dict: "object"}).get(type(value), "null")
