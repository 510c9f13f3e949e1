"""Ids of exported rows, which anybody can compute again.

An id is the first 32 hex digits of SHA-256 of a JSON list in UTF-8 without spaces: the kind of the row, then the values
of its members in the order in which `members` names them, texts and whole numbers as they stand in JSON lines.
"""

from collections.abc import Iterable
from hashlib import sha256

from gatemeter.billing.statement import canonical_json

_HEX_DIGITS = 32
"""128 bits: among 10^12 rows two share an id with a chance of 10^-15."""


def row_id(kind: str, members: Iterable[str | int | None]) -> str:
    """The id of a row of `kind` with these values."""
    return sha256(canonical_json([kind, *members])).hexdigest()[:_HEX_DIGITS]
