"""How differences come about: by what the numbers themselves prove, and by hints where they prove nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from gatemeter.plans.amount import plain
from gatemeter.reconciliation.buckets import Buckets
from gatemeter.reconciliation.compared import Cause, ComparedAmount
from gatemeter.reconciliation.counted import FARTHEST_ZONE
from gatemeter.reconciliation.model_groups import ModelGroups
from gatemeter.reconciliation.stated import Interval, Kind, StatedAmount
from gatemeter.reconciliation.sums import CountedSum, Key, Sums

_HOUR = timedelta(hours=1)
_FEWEST_DAYS = 2
_FEWEST_DECIMALS, _MOST_DECIMALS = 2, 6
"""Amounts with fewer decimals are not rounded more coarsely than to cents, and those with more not at all."""
_HALF = Decimal("0.5")
_DIGITS_OF_FLOATS = 16
"""A number that was computed in binary floating point is written with so many, as 0.30000000000000004."""
_ERROR_OF_FLOATS = Decimal("1e-14")
"""Of such a number, beside its size: one has 15 digits that are right, and sums of many a little fewer."""

Rows = Mapping[Key, ComparedAmount]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What rows of one provider are explained by. `shifted` is counted by days that begin `offset` later."""

    groups: ModelGroups
    stored: Interval | None
    counted: Mapping[Key, CountedSum]
    shifted: Mapping[Key, CountedSum] | None
    offset: timedelta | None
    amounts: Sequence[StatedAmount]


def zone_offset(sums: Sums, buckets: Buckets) -> timedelta | None:
    """How much later than those of UTC the days begin by which both sides agree; None where there are no such days.

    Only an offset counts by which nothing differs any more, and calls are in another day: what falls off the first day
    or the last one alone proves no zone.
    """
    if not buckets.are_days or len(buckets.intervals) < _FEWEST_DAYS or not sums.stated:
        return None
    if not _distance(sums, timedelta()):
        return None
    most = int(FARTHEST_ZONE / _HOUR)
    offsets = sorted((each for each in range(-most, most + 1) if each), key=abs)
    fitting = (each * _HOUR for each in offsets if not _distance(sums, each * _HOUR))
    return next((each for each in fitting if sums.moves(each)), None)


def _distance(sums: Sums, offset: timedelta) -> Decimal:
    ours = sums.counted(offset)
    keys = {*sums.stated, *ours}
    return sum((abs(_stated(sums, key) - ours.get(key, CountedSum()).amount) for key in keys), Decimal(0))


def _stated(sums: Sums, key: Key) -> Decimal:
    found = sums.stated.get(key)
    return found.amount if found else Decimal(0)


def explain(rows: Rows, evidence: Evidence) -> None:
    """Add causes and hints to `rows`; what is left is unexplained."""
    for key, row in rows.items():
        _explain_by_time(key, row, evidence)
    _explain_cached_apart(rows)
    for key, row in rows.items():
        _explain_rounding(row, evidence.amounts, key)
        if row.unexplained:
            row.hints += _hints(key, row, rows, evidence)


def _explain_by_time(key: Key, row: ComparedAmount, evidence: Evidence) -> None:
    stored = evidence.stored
    if stored is not None and key.interval.end <= stored.start:
        row.explain(Cause.BEFORE_COUNTING, row.difference)
    elif evidence.shifted is not None and evidence.offset is not None:
        shifted = evidence.shifted.get(key, CountedSum()).amount
        row.explain(Cause.TIME_ZONE, shifted - row.counted)
        if row.causes:
            hours = int(evidence.offset / _HOUR)
            row.hints.append(
                f"the export's days begin {abs(hours)} hours {'after' if hours > 0 else 'before'} those of UTC"
            )


def _explain_cached_apart(rows: Rows) -> None:
    """Of classes of input that differ while their sum does not, tokens of a cache stand in another class."""
    inputs: dict[tuple[str, Interval], list[ComparedAmount]] = defaultdict(list)
    for key, row in rows.items():
        if key.kind.is_input:
            inputs[key.group, key.interval].append(row)
    for found in inputs.values():
        if any(row.unexplained for row in found) and not sum(row.unexplained for row in found):
            for row in found:
                row.explain(Cause.CACHED_APART, row.unexplained)


def _explain_rounding(row: ComparedAmount, amounts: Iterable[StatedAmount], key: Key) -> None:
    if key.kind is not Kind.COST or not row.rows or not row.unexplained:
        return
    decimals, digits = _FEWEST_DECIMALS, 0
    for each in amounts:
        decimals = max(decimals, -int(each.amount.as_tuple().exponent))
        digits = max(digits, len(each.amount.as_tuple().digits))
    slack = row.rows * _HALF.scaleb(-decimals) if decimals <= _MOST_DECIMALS else Decimal(0)
    if digits >= _DIGITS_OF_FLOATS:
        slack = abs(row.stated) * _ERROR_OF_FLOATS
    if abs(row.unexplained) <= slack:
        row.explain(Cause.ROUNDING, row.unexplained)


def _hints(key: Key, row: ComparedAmount, rows: Rows, evidence: Evidence) -> Iterable[str]:
    counted = evidence.counted.get(key, CountedSum())
    stored = evidence.stored
    if stored is not None and key.interval.start < stored.start < key.interval.end:
        yield f"counting began at {stored.start:%Y-%m-%dT%H:%MZ}"
    if stored is not None and stored.end < key.interval.end:
        yield f"no call is stored behind {stored.end:%Y-%m-%dT%H:%MZ}: it may not be counted yet"
    unpriced = sum(each.unpriced_calls for other, each in evidence.counted.items() if _is_beside(other, key))
    if key.kind is Kind.COST and unpriced:
        yield f"{unpriced:,} calls have no price here"
    if counted.estimated:
        yield f"{plain(counted.estimated)} {key.currency} of what was counted is an estimate"
    calls = rows.get(key._replace(kind=Kind.CALLS, currency=""))
    if calls is not None and calls is not row and calls.unexplained > 0 and row.unexplained > 0:
        yield f"the export has {plain(calls.unexplained)} calls more, which may not have passed the gateway"
    yield from _name_hints(key, row, evidence)


def _is_beside(one: Key, other: Key) -> bool:
    return one.group == other.group and one.interval == other.interval


def _name_hints(key: Key, row: ComparedAmount, evidence: Evidence) -> Iterable[str]:
    stated, ours = set(evidence.groups.of_stated.values()), set(evidence.groups.of_counted.values())
    if key.group not in stated and not row.stated:
        yield "the export has no model of this name"
    elif key.group not in ours:
        yield "no call of this model was counted: none passed the gateway, or what it logged of them is lost"
        if named := ", ".join(sorted(ours - stated)):
            yield f"if it is one of {named}, say so with --model"
