"""Days in plan files: of the calendar, and of a month."""

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAY_OF_MONTH = re.compile(r"\d{1,2}", re.ASCII)


def _as_day(value: object) -> Any:
    """Nothing else stands for a day: neither a number, which may be a Unix time, nor a moment, which has an offset."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value.strip()):
        msg = f"{_shown(value)} is no day: write one as 2026-01-01, without a time"
        raise ValueError(msg)
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        msg = f"{_shown(value)} is no day of the calendar"
        raise ValueError(msg) from None


def _as_day_of_month(value: object) -> Any:
    text = value.strip() if isinstance(value, str) else str(value)
    if isinstance(value, bool) or not _DAY_OF_MONTH.fullmatch(text) or not 1 <= int(text) <= 31:
        msg = f"{_shown(value)} is no day of a month: write a number from 1 to 31"
        raise ValueError(msg)
    return int(text)


def _shown(value: object) -> str:
    """As a plan file has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)[:40]


Day = Annotated[date, BeforeValidator(_as_day)]
"""A day as `2026-01-01`, of TOML also without quotes."""

DayOfMonth = Annotated[int, BeforeValidator(_as_day_of_month)]
"""From 1 to 31."""
