"""When people call an API: more by day than by night, less on weekends."""

import math
from datetime import timedelta

from gatemeter.producers.generator.plan import TrafficPlan

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
