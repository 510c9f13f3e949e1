"""Values of one row of an export, strictly read: what cannot be read is said, and never taken for 0."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from gatemeter.output.text import shortened
from gatemeter.reconciliation.stated import Interval

_NUMBER = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,2})?", re.ASCII)
_DIGITS_OF_SECONDS = (9, 10)
"""Milliseconds have more, and days as 20260203 fewer."""
_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII)


class UnreadableRowError(Exception):
    """A row has a value that cannot be read; the message says which."""


class ContradictionError(Exception):
    """The numbers of a row contradict each other, so somebody has changed one."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The values of a row by column; of JSON, members. Methods raise UnreadableRowError."""

    values: Mapping[str, Any]

    def text(self, *names: str) -> str:
        """The first of the columns that says something, '' where none does."""
        for name in names:
            value = self.values.get(name)
            if value not in (None, ""):
                return str(value).strip()
        return ""

    def has(self, name: str) -> bool:
        """Whether the column says something."""
        return self.values.get(name) not in (None, "")

    def number(self, name: str) -> Decimal:
        """A decimal number, with `.` before its decimals and nothing between its digits."""
        value = self.values.get(name)
        if isinstance(value, bool) or not _NUMBER.fullmatch(str(value).strip()):
            raise UnreadableRowError(f"{name} is {shortened(_shown(value))}, not a number")
        return Decimal(str(value).strip())

    def count(self, name: str) -> Decimal:
        """A whole number from 0; 0 where the column is empty or missing."""
        if not self.has(name):
            return Decimal(0)
        found = self.number(name)
        if found < 0 or found != found.to_integral_value():
            raise UnreadableRowError(f"{name} is {shortened(_shown(self.values[name]))}, not a whole number from 0")
        return found.to_integral_value()

    def currency(self, name: str) -> str:
        """A code of ISO 4217, in capitals."""
        found = self.text(name)
        if not _CURRENCY.fullmatch(found):
            raise UnreadableRowError(f"{name} is {shortened(_shown(found))}, not a currency")
        return found.upper()

    def moment(self, name: str) -> datetime:
        """A time: Unix seconds, or ISO 8601 where UTC is meant if no offset is written."""
        value = self.values.get(name)
        try:
            found = _moment("" if value is None else str(value).strip())
        except (ValueError, OverflowError):
            raise UnreadableRowError(f"{name} is {shortened(_shown(value))}, not a time") from None
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)

    def interval(self, start: str, end: str) -> Interval:
        """From one column to another."""
        found = Interval(self.moment(start), self.moment(end))
        if found.start >= found.end:
            raise UnreadableRowError(f"{start} is not before {end}")
        return found

    def day(self, name: str) -> Interval:
        """The day of UTC that a date names."""
        start = self.moment(name)
        if len(self.text(name)) > len("2026-02-01"):
            raise UnreadableRowError(f"{name} is {shortened(_shown(self.values[name]))}, not a day")
        return Interval(start, start + timedelta(days=1))

    def texts(self, names: Sequence[str]) -> tuple[str, ...]:
        """The texts of columns, '' where one says nothing."""
        return tuple(self.text(name) for name in names)


def require_sum(what: str, total: Decimal, parts: Sequence[Decimal]) -> None:
    """Raise ContradictionError where whole numbers do not add up."""
    if sum(parts) != total:
        raise ContradictionError(f"{what} is {total:,f}, and its parts add up to {sum(parts):,f}")


def _moment(text: str) -> datetime:
    """Raises ValueError or OverflowError."""
    if text.isascii() and text.isdigit() and len(text) in _DIGITS_OF_SECONDS:
        return datetime.fromtimestamp(int(text), UTC)
    return datetime.fromisoformat(text.replace(" UTC", "+00:00"))


def _shown(value: object) -> str:
    return "empty" if value in (None, "") else repr(value) if isinstance(value, str) else str(value)
