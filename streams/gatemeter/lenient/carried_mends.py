"""What had to be mended in the text of an event that was cut afterwards: a member names it, for it counts."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

MEMBER = "gatemeter_mended"
_BEYOND_ALL_NUMBERS = msgspec.Raw(b"1e999999999999999999999")
"""JSON that is read as `OUT_OF_RANGE`, as NaN is."""

_encode = msgspec.json.Encoder(decimal_format="number").encode


def mended_text(value: Any) -> bytes:
    """JSON that is read as `value`, which was parsed from text that had to be mended. Raises as `msgspec` does."""
    return _encode(_readable(value))


def carrying_mends(text: bytes, mended: Sequence[str]) -> bytes:
    """The JSON object `text`, which has members, with what was mended in the event as its last one."""
    return text[:-1] + b',"' + MEMBER.encode() + b'":' + _encode(list(mended)) + b"}"


def carried_mends(document: Mapping[str, Any]) -> list[str]:
    """What was mended in the event that `document` was cut from."""
    told = document.get(MEMBER)
    return [each for each in told if isinstance(each, str)] if isinstance(told, list) else []


def _readable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _readable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_readable(each) for each in value]
    return _BEYOND_ALL_NUMBERS if isinstance(value, Decimal) and not value.is_finite() else value
