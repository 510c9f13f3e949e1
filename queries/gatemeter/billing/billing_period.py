"""Billing periods: months that begin on an account's day, in its time zone."""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from clickhouse_connect.driver.client import Client

from gatemeter.errors import SettingsError
from gatemeter.output.text import shortened
from gatemeter.plans.plan import Account
from gatemeter.reports.period import TimeSpan, WrittenSpan
from gatemeter.reports.zoned_span import span_in_zone

_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1970, 2105


@dataclass(frozen=True, slots=True, order=True)
class BillingPeriod:
    """The period that begins in a month; the months of `2026-02` begin from February 1 to 28, by the account."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2026-02`. Raises SettingsError."""
        match = _MONTH.fullmatch(text.strip())
        year, month = (int(match[1]), int(match[2])) if match else (0, 0)
        if not (_FIRST_YEAR <= year <= _LAST_YEAR and 1 <= month <= 12):
            raise SettingsError(f"{shortened(text)!r} is not a billing period", where="--period", do="write 2026-02")
        return cls(year, month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def following(self) -> "BillingPeriod":
        """The next one."""
        return BillingPeriod(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def preceding(self) -> "BillingPeriod":
        """The one before."""
        return BillingPeriod(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    def first_day(self, anchor_day: int) -> date:
        """The day on which it begins; the last one of a month that has no such day."""
        return date(self.year, self.month, min(anchor_day, monthrange(self.year, self.month)[1]))

    def spans(self, client: Client, accounts: Sequence[Account]) -> Mapping[str, TimeSpan]:
        """The hours of each account, by its id.

        Raises SettingsError, naming the account, for a time zone that usage cannot be told in.
        """
        found: dict[tuple[str, int], TimeSpan] = {}
        for each in accounts:
            if _calendar(each) not in found:
                found[_calendar(each)] = self._span(client, each)
        return {each.id: found[_calendar(each)] for each in accounts}

    def _span(self, client: Client, account: Account) -> TimeSpan:
        first, end = self.first_day(account.anchor_day), self.following.first_day(account.anchor_day)
        try:
            return span_in_zone(client, WrittenSpan.parse(str(first), str(end)), account.time_zone)
        except SettingsError as error:
            where = f"account {account.id}, time_zone {account.time_zone}"
            raise SettingsError(error.what, where=where, do=error.do) from error


def _calendar(account: Account) -> tuple[str, int]:
    return account.time_zone, account.anchor_day
