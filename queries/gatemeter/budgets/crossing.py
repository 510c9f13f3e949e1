"""Crossings: a threshold of a budget that was reached in a window, by a scope. Each has one id, whoever finds it."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from gatemeter.budgets.use import Use
from gatemeter.budgets.window import SlidingWindow
from gatemeter.plans.amount import plain
from gatemeter.wire.topics import BUDGETS_TOPIC

_ID_LENGTH = 32
_ENDING_LENGTH = 8
EVENT_TYPE = "budget.threshold_reached"


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """What is announced. Amounts are decimal numbers as text; `used` is what was known when it was found.

    `slides` says that the window is one of a sliding budget. `threshold` is percent of the limit.
    """

    id: str
    budget: str
    declaration: str
    per: str
    scope: str
    threshold: str
    slides: bool
    window_start: datetime
    window_end: datetime
    meter: str
    limit: str
    currency: str
    used: str
    is_lower_bound: bool
    found_at: datetime

    @property
    def series(self) -> tuple[str, str, str]:
        """What crossings of the same threshold by the same scope have in common, whatever their window."""
        return (self.declaration, self.threshold, self.scope)

    @property
    def message(self) -> bytes:
        """The JSON that is sent, the same each time."""
        data: dict[str, Any] = {
            "id": self.id,
            "budget": self.budget,
            "per": self.per or None,
            "scope": self.scope or None,
            "threshold_percent": self.threshold,
            "window": {"start": _iso(self.window_start), "end": _iso(self.window_end)},
            "meter": self.meter,
            "limit": self.limit,
            "used": self.used,
            "currency": self.currency or None,
            "is_lower_bound": self.is_lower_bound,
        }
        return msgspec.json.encode({"type": EVENT_TYPE, "timestamp": _iso(self.found_at), "data": data})


def crossings(uses: Iterable[Use], now: datetime, ending: str = "") -> Iterator[Crossing]:
    """A crossing for each threshold that is certainly reached, whose id has the `ending` of a journal."""
    for use in uses:
        for threshold in use.reached:
            yield _crossing(use, threshold, now, ending)


def id_ending(topic: str) -> str:
    """With what ids of crossings end that are announced to `topic`.

    Watchers of two topics on one store announce apart from each other, also the same budget: neither takes what the
    other one has told for its own. Ids of the default topic end with nothing.
    """
    return "" if topic == BUDGETS_TOPIC else f"-{hashlib.sha256(topic.encode()).hexdigest()[:_ENDING_LENGTH]}"


def overlaps(crossing: Crossing, announced: Iterable[Crossing]) -> bool:
    """Whether a sliding window shares time with one of the same series that is `announced`.

    What was announced is then in both windows: it is not announced again.
    """
    return crossing.slides and any(
        each.window_start < crossing.window_end and crossing.window_start < each.window_end for each in announced
    )


def _crossing(use: Use, threshold: Decimal, now: datetime, ending: str) -> Crossing:
    budget = use.budget
    identity = (budget.declaration, plain(threshold), _iso(use.window.start), use.scope)
    return Crossing(
        id=hashlib.sha256(msgspec.json.encode(identity)).hexdigest()[:_ID_LENGTH] + ending,
        budget=budget.name,
        declaration=budget.declaration,
        per=budget.per or "",
        scope=use.scope,
        threshold=plain(threshold),
        slides=isinstance(budget.length, SlidingWindow),
        window_start=use.window.start,
        window_end=use.window.end,
        meter=budget.meter,
        limit=plain(budget.limit),
        currency=budget.currency or "",
        used=plain(use.used),
        is_lower_bound=not use.is_known,
        found_at=now.replace(microsecond=now.microsecond // 1000 * 1000),
    )


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
