"""Times in a StandardLoggingPayload: Unix seconds with microseconds."""

from gatemeter.errors import RejectedEvent
from gatemeter.lenient.fields import Fields
from gatemeter.lenient.numbers import exact_number, latency_number

_MS_PER_S = 1000
_LATEST_S = 10**11


def started_at_ms(payload: Fields) -> int:
    """Unix ms, rounded down. Raises RejectedEvent: started_at_missing, started_at_invalid."""
    value = payload.values.get("startTime")
    if value is None:
        raise RejectedEvent("started_at_missing", "no startTime")
    seconds = exact_number(value)
    if seconds is None or abs(seconds) > _LATEST_S:
        raise RejectedEvent("started_at_invalid", "startTime is no number of seconds")
    return int(seconds * _MS_PER_S // 1)


def duration_ms(payload: Fields, start: str, end: str) -> float | None:
    """Milliseconds between two times; None where one is missing or they are in the wrong order."""
    began, ended = (exact_number(payload.values.get(name)) for name in (start, end))
    if began is None or ended is None or max(abs(began), abs(ended)) > _LATEST_S:
        return None
    ms = latency_number((ended - began) * _MS_PER_S)
    return None if ms is None or ms < 0 else float(ms)
