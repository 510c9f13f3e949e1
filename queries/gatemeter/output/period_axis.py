"""Periods of rows as places on a line, so that periods without any row have one, too."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import reduce
from math import gcd

_MONTHS = 12
_MOST_PLACES = 100_000
_YEAR, _MONTH = (re.compile(form, re.ASCII) for form in (r"\d{4}", r"\d{4}-\d{2}"))


def period_places(periods: Iterable[str]) -> dict[str, int]:
    """The place of each period, 0 for the earliest; as far apart as they are in time.

    They stand one beside the other, in their order, where that would be very many places or a text has another form.
    """
    found = list(dict.fromkeys(periods))
    try:
        numbers = {period: _number(period) for period in found}
    except ValueError:
        return {period: place for place, period in enumerate(found)}
    first = min(numbers.values(), default=0)
    step = reduce(gcd, (number - first for number in numbers.values()), 0) or 1
    places = {period: (number - first) // step for period, number in numbers.items()}
    if max(places.values(), default=0) >= _MOST_PLACES:
        return {period: place for place, period in enumerate(sorted(found, key=numbers.__getitem__))}
    return places


def _number(period: str) -> int:
    """Years, months, or seconds since 1970: of periods of one kind, the same unit."""
    if _YEAR.fullmatch(period):
        return int(period)
    if _MONTH.fullmatch(period):
        return int(period[:4]) * _MONTHS + int(period[5:])
    moment = datetime.fromisoformat(period)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
