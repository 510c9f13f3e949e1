"""Both sides added up by group of models, time and kind."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from gatemeter.reconciliation.buckets import Buckets
from gatemeter.reconciliation.counted import CountedHour
from gatemeter.reconciliation.model_groups import ModelGroups
from gatemeter.reconciliation.stated import Interval, Kind, StatedAmount


class Key(NamedTuple):
    """What one row compares; `currency` is '' of tokens and calls."""

    group: str
    interval: Interval
    kind: Kind
    currency: str


@dataclass(slots=True)
class StatedSum:
    """What an export states in `rows` rows, the first of which stands at `where`."""

    amount: Decimal = Decimal(0)
    rows: int = 0
    where: str = ""


@dataclass(slots=True)
class CountedSum:
    """What was counted, and of costs what is not certain of it."""

    amount: Decimal = Decimal(0)
    estimated: Decimal = Decimal(0)
    unpriced_calls: int = 0


@dataclass(frozen=True, slots=True)
class Sums:
    """Both sides; `counted` gives that of days that begin later by an offset, too.

    `moves` says whether calls of one of the days are in another one of them then.
    """

    stated: Mapping[Key, StatedSum]
    counted: Callable[[timedelta], Mapping[Key, CountedSum]] = field(repr=False)
    moves: Callable[[timedelta], bool] = field(repr=False)


Rename = Mapping[Kind, Kind]
"""Kinds that are compared as another one."""


def merged_kinds(amounts: Iterable[StatedAmount]) -> Rename:
    """Which kinds have to be compared as one, for the export does not tell them apart."""
    kinds = {each.kind for each in amounts}
    if Kind.ALL_INPUT in kinds:
        return {kind: Kind.ALL_INPUT for kind in Kind if kind.is_input}
    return {} if Kind.CACHE_WRITE_1H in kinds else {Kind.CACHE_WRITE_1H: Kind.CACHE_WRITE}


def added_up(
    amounts: Sequence[StatedAmount],
    hours: Sequence[CountedHour],
    groups: ModelGroups,
    buckets: Buckets,
    *,
    is_cost: bool,
) -> Sums:
    """Sums of `amounts`, which are all costs or none, and of the counted `hours`."""
    rename = merged_kinds(amounts)
    stated: dict[Key, StatedSum] = defaultdict(StatedSum)
    for each in amounts:
        interval = buckets.of(each.interval.start)
        if interval is None:
            continue
        kind = rename.get(each.kind, each.kind)
        found = stated[Key(groups.of_stated[each.model], interval, kind, each.currency)]
        found.amount += each.amount
        found.rows += 1
        found.where = found.where or each.where
    tells_calls = any(each.kind is Kind.CALLS for each in amounts)

    def counted(offset: timedelta) -> Mapping[Key, CountedSum]:
        sums: dict[Key, CountedSum] = defaultdict(CountedSum)
        for hour in hours:
            interval = buckets.of(hour.hour, offset)
            if interval is None or hour.model not in groups.of_counted:
                continue
            group = groups.of_counted[hour.model]
            if is_cost:
                _add_cost(sums[Key(group, interval, Kind.COST, hour.currency)], hour)
                continue
            for kind, tokens in hour.tokens.items():
                if tokens and (tells_calls or kind is not Kind.CALLS):
                    sums[Key(group, interval, rename.get(kind, kind), "")].amount += tokens
        return sums

    def moves(offset: timedelta) -> bool:
        days = ((buckets.of(hour.hour), buckets.of(hour.hour, offset)) for hour in hours)
        return any(day and other and day != other for day, other in days)

    return Sums(stated, counted, moves)


def _add_cost(found: CountedSum, hour: CountedHour) -> None:
    found.amount += hour.cost
    found.estimated += hour.estimated
    found.unpriced_calls += hour.unpriced_calls
