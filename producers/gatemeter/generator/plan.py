"""What a generated month holds, and its hourly profile: more calls by day than by night, fewer on weekends."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gatemeter.errors import SettingsError

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YEARS = range(2010, 2100)
_MONTHS_A_YEAR = 12
_HIGHEST_SEED = 2**32 - 1


@dataclass(frozen=True, slots=True)
class TrafficPlan:
    """`events` lines of one `month` (UTC). Shares are from 0 to 1.

    `duplicates`, `bad` and `streams` are shares of all lines: copies, lines that cannot be counted, TCP sessions. `ai`
    is the share of requests to language models, tools and agents, `out_of_order` the share of requests that began
    before requests on earlier lines. The same plan always gives the same bytes. Raises SettingsError for a plan that
    cannot be carried out.
    """

    events: int = 200_000
    month: str = "2026-02"
    seed: int = 1
    consumers: int = 25
    duplicates: float = 0.05
    bad: float = 0.01
    streams: float = 0.0
    ai: float = 0.1
    out_of_order: float = 0.1

    def __post_init__(self) -> None:
        month = _MONTH.fullmatch(self.month)
        if month is None or int(month[1]) not in _YEARS or not 1 <= int(month[2]) <= _MONTHS_A_YEAR:
            raise SettingsError(f"{self.month!r} is not a month", where="--month", do="write it like 2026-02")
        for name in ("duplicates", "bad", "streams", "ai", "out_of_order"):
            if not 0 <= getattr(self, name) <= 1:
                raise SettingsError(
                    "is not a share", where=f"--{name.replace('_', '-')}", do="give a number from 0 to 1"
                )
        if self.events < 1 or self.consumers < 1:
            raise SettingsError("must be at least 1", where="--events and --consumers")
        if not 0 <= self.seed <= _HIGHEST_SEED:
            raise SettingsError(f"must lie between 0 and {_HIGHEST_SEED}", where="--seed")
        if self.request_lines < 1:
            raise SettingsError("leave no line for a request", where="--duplicates, --bad and --streams")

    @property
    def duplicate_lines(self) -> int:
        """How many lines are copies of earlier ones."""
        return round(self.events * self.duplicates)

    @property
    def bad_lines(self) -> int:
        """How many lines cannot be counted."""
        return round(self.events * self.bad)

    @property
    def stream_lines(self) -> int:
        """How many lines are TCP sessions."""
        return round(self.events * self.streams)

    @property
    def request_lines(self) -> int:
        """How many lines are requests seen for the first time."""
        return self.events - self.duplicate_lines - self.bad_lines - self.stream_lines

    @property
    def starts_at(self) -> datetime:
        """The first moment of the month."""
        year, month = self.month.split("-")
        return datetime(int(year), int(month), 1, tzinfo=UTC)

    @property
    def hours(self) -> int:
        """How many hours the month has."""
        year, month = self.starts_at.year, self.starts_at.month
        following = datetime(year + month // _MONTHS_A_YEAR, month % _MONTHS_A_YEAR + 1, 1, tzinfo=UTC)
        return (following - self.starts_at).days * 24


_BUSIEST_HOUR_UTC = 14
_NIGHT_SHARE = 0.25
_WEEKEND_SHARE = 0.45
_SATURDAY = 5


def hour_shares(plan: TrafficPlan) -> list[float]:
    """The share of the month's traffic in each of its hours; they add up to 1."""
    weights = [_weight(plan, hour) for hour in range(plan.hours)]
    total = sum(weights)
    return [weight / total for weight in weights]


def _weight(plan: TrafficPlan, hour: int) -> float:
    moment = plan.starts_at + timedelta(hours=hour)
    daylight = (1 + math.cos((moment.hour - _BUSIEST_HOUR_UTC) / 24 * math.tau)) / 2
    weekday = _WEEKEND_SHARE if moment.weekday() >= _SATURDAY else 1.0
    return weekday * (_NIGHT_SHARE + (1 - _NIGHT_SHARE) * daylight)
