"""Times in a StandardLoggingPayload: Unix seconds with microseconds."""

from decimal import Decimal

from gatemeter.errors import RejectedEvent
from gatemeter.lenient.fields import Fields
from gatemeter.lenient.numbers import exact_number, latency_number

_MS_PER_S = 1000
_LATEST_S = 10**11


def started_at_ms(payload: Fields) -> int:
    """Unix ms, rounded down. Raises RejectedEvent: started_at_missing, started_at_invalid."""
    if payload.values.get("startTime") is None:
        raise RejectedEvent("started_at_missing", "no startTime")
    seconds = _seconds(payload, "startTime")
    if seconds is None:
        raise RejectedEvent("started_at_invalid", "startTime is no number of seconds")
    return int(seconds * _MS_PER_S // 1)


def duration_ms(payload: Fields, start: str, end: str) -> float | None:
    """Milliseconds between two times; None where one is missing or they are in the wrong order."""
    began, ended = _seconds(payload, start), _seconds(payload, end)
    ms = None if began is None or ended is None else latency_number((ended - began) * _MS_PER_S)
    return None if ms is None or ms < 0 else float(ms)


def _seconds(payload: Fields, name: str) -> Decimal | None:
    number = exact_number(payload.values.get(name))
    return number if number is not None and -_LATEST_S <= number <= _LATEST_S else None
