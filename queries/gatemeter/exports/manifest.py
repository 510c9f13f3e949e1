"""The manifest of an export: what its files hold. It is sent last, so an export is whole where its manifest stands."""

from collections.abc import Iterable, Sequence
from typing import Self

import msgspec

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.bill_totals import known_sum, lines_by_currency, unknown_amounts

LAYOUT = "gatemeter-export/1"
MANIFEST_NAME = "manifest.json"


class ExportedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the export; `sha256` in hex."""

    name: str
    media_type: str
    rows: int
    size_bytes: int
    sha256: str


class CurrencyTotal(msgspec.Struct, frozen=True, kw_only=True):
    """The exact sum of the lines in a currency, and how many of them have an amount that is not known.

    `amount` leaves those out, and is None where no line has an amount.
    """

    currency: str
    amount: str | None
    lines: int
    unknown_amounts: int


class StatementRef(msgspec.Struct, frozen=True, kw_only=True):
    """The statement that the lines are of."""

    number: int
    sha256: str
    closed_at: str


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for: of two exports with one identity, one can stand in for the other."""

    layout: str = LAYOUT
    kind: str
    period: str
    account: str | None
    grain: str
    provider: str | None = None


class UsageDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A charge whose rows of usage do not add up to its line: usage has changed since the line was made."""

    account: str
    charge: str
    line: str
    usage: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`is_closed` says that the lines never change, and `statement` which ones they are; else they are a preview.

    It says nothing of when or where it was written, so the same numbers give the same bytes.
    """

    export: Identity
    is_closed: bool
    statement: StatementRef | None
    totals: Sequence[CurrencyTotal]
    notes: Sequence[str]
    usage_differences: Sequence[UsageDifference]
    files: Sequence[ExportedFile]

    @property
    def encoded(self) -> bytes:
        """Indented JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"

    @classmethod
    def decoded(cls, text: bytes) -> Self:
        """Raises msgspec.DecodeError and msgspec.ValidationError for a text that is not a manifest."""
        return msgspec.json.decode(text, type=cls)


def currency_totals(lines: Iterable[BillLine]) -> Sequence[CurrencyTotal]:
    """The totals by currency, in the order of their codes."""
    return [
        CurrencyTotal(
            currency=currency,
            amount=known_sum(of_it),
            lines=len(of_it),
            unknown_amounts=unknown_amounts(of_it),
        )
        for currency, of_it in lines_by_currency(lines).items()
    ]
