"""Exports of providers beside what was counted of calls to their models."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal, localcontext

from gatemeter.errors import ConflictError, InputError
from gatemeter.losses.gap import Tolerance
from gatemeter.reconciliation.buckets import Buckets, buckets_of, label
from gatemeter.reconciliation.charges import charge_rows
from gatemeter.reconciliation.compared import EXACT, ComparedAmount
from gatemeter.reconciliation.counted import Counted
from gatemeter.reconciliation.explanation import Evidence, explain, zone_offset
from gatemeter.reconciliation.model_groups import ModelGroups, model_groups
from gatemeter.reconciliation.stated import Export, Interval, Kind, StatedAmount, spanned
from gatemeter.reconciliation.sums import CountedSum, Key, StatedSum, Sums, added_up


@dataclass(slots=True)
class Comparison:
    """Rows by provider, time, model and kind. `unread` rows of the files are in none, so it is not whole."""

    rows: list[ComparedAmount] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether all rows of the files were read."""
        return not self.unread


def compare(
    exports: Sequence[Export], counted: Mapping[str, Counted], named: Mapping[str, str], tolerance: Tolerance
) -> Comparison:
    """Compare `exports` with what was `counted` of their providers.

    `named` says which of our models one of theirs is. Raises InputError for a time of which nothing is stored, and
    ConflictError for costs in another currency than ours.
    """
    result = Comparison(
        unread=[str(row) for export in exports for row in export.unread],
        notes=[f"{each.path}: {count:,} {what}" for each in exports for what, count in each.left_out.items()]
        + [f"{each.path}: {count:,} {what}" for each in exports for what, count in each.remarks.items()],
    )
    with localcontext(EXACT):
        for provider in dict.fromkeys(each.provider for each in exports if each.amounts or each.intervals):
            of_provider = [each for each in exports if each.provider == provider]
            _require_stored(of_provider, counted[provider])
            for is_cost in (False, True):
                _compare_kind(result, of_provider, counted[provider], named, is_cost=is_cost)
        for row in result.rows:
            row.is_finding = abs(row.unexplained) > _accepted(tolerance, row)
    return result


def _compare_kind(
    result: Comparison, exports: Sequence[Export], counted: Counted, named: Mapping[str, str], *, is_cost: bool
) -> None:
    stated = [each for export in exports for each in export.amounts if (each.kind is Kind.COST) is is_cost]
    amounts = [each for each in stated if not each.charge]
    provider = exports[0].provider
    if amounts:
        buckets = buckets_of(_told(exports, is_cost=is_cost))
        within = {hour.model for hour in counted.hours if buckets.of(hour.hour) is not None}
        groups = model_groups((each.model for each in amounts), within, named)
        sums = added_up(amounts, counted.hours, groups, buckets, is_cost=is_cost)
        result.rows += _rows(provider, sums, groups, buckets, counted, amounts)
        result.notes += _aliases(groups)
        result.notes += _beside(provider, buckets, counted)
        unpriced = sum(hour.unpriced_calls for hour in counted.hours if buckets.of(hour.hour) is not None)
        if is_cost and unpriced:
            result.notes.append(f"{provider}: {unpriced:,} calls of this time have no price here")
    result.rows += charge_rows(provider, [each for each in stated if each.charge])


def _beside(provider: str, buckets: Buckets, counted: Counted) -> Iterable[str]:
    """Calls of days that the export tells a part of."""
    calls = sum(hour.tokens.get(Kind.CALLS, 0) for hour in counted.hours if buckets.is_beside(hour.hour))
    if calls:
        span = spanned(buckets.intervals)
        yield (
            f"{provider}: {calls:,} calls are of the same days, and before or behind the time that the export tells of "
            f"({span.start:%Y-%m-%dT%H:%MZ} to {span.end:%Y-%m-%dT%H:%MZ}): they are not compared"
        )


def _told(exports: Sequence[Export], *, is_cost: bool) -> Iterable[tuple[str, Sequence[Interval]]]:
    for each in exports:
        amounts = [one.interval for one in each.amounts if (one.kind is Kind.COST) is is_cost and not one.charge]
        if amounts:
            yield each.path, [*each.intervals, *amounts]


def _rows(
    provider: str,
    sums: Sums,
    groups: ModelGroups,
    buckets: Buckets,
    counted: Counted,
    amounts: Sequence[StatedAmount],
) -> list[ComparedAmount]:
    ours = sums.counted(timedelta())
    _require_one_currency(provider, sums.stated, ours, amounts)
    keys = sorted({*sums.stated, *(key for key, each in ours.items() if each.amount)}, key=_order)
    rows = {key: _row(provider, key, sums.stated.get(key), ours.get(key)) for key in keys}
    offset = zone_offset(sums, buckets)
    shifted = sums.counted(offset) if offset else None
    explain(rows, Evidence(groups, counted.stored, ours, shifted, offset, amounts))
    return [row for row in rows.values() if row.stated or row.counted]


def _order(key: Key) -> tuple[object, ...]:
    return (key.interval, key.group, list(Kind).index(key.kind), key.currency)


def _row(provider: str, key: Key, stated: StatedSum | None, counted: CountedSum | None) -> ComparedAmount:
    return ComparedAmount(
        provider,
        key.group,
        label(key.interval),
        str(key.kind),
        key.currency or ("calls" if key.kind is Kind.CALLS else "tokens"),
        stated.amount if stated else Decimal(0),
        counted.amount if counted else Decimal(0),
        stated.where if stated else "",
        stated.rows if stated else 0,
    )


def _require_one_currency(
    provider: str, stated: Mapping[Key, StatedSum], ours: Mapping[Key, CountedSum], amounts: Sequence[StatedAmount]
) -> None:
    theirs = {key.currency for key in stated}
    others = {key.currency for key, each in ours.items() if each.amount} - theirs
    if others:
        found = " and ".join(sorted(each or "a currency that is not named" for each in others))
        raise ConflictError(
            f"costs of {provider} are in {' and '.join(sorted(theirs))}, and here in {found}: they are not converted",
            where=amounts[0].where,
            do="compare tokens by an export of usage, or reprice with a book in the provider's currency",
        )


def _require_stored(exports: Sequence[Export], counted: Counted) -> None:
    span = spanned([each.span for each in exports if each.amounts or each.intervals])
    stored = counted.stored
    if stored is None or not span.overlaps(stored):
        of = f"from {stored.start:%Y-%m-%d} to {stored.end:%Y-%m-%dT%H:%MZ}" if stored else "of no time"
        raise InputError(
            f"it is of {span.start:%Y-%m-%d} to {span.end:%Y-%m-%d}, and calls to models are stored {of}",
            where=exports[0].path,
            do="export a time that was counted",
        )


def _aliases(groups: ModelGroups) -> Iterable[str]:
    for group in dict.fromkeys(groups.of_stated.values()):
        if group and (names := groups.aliases(group)):
            yield f"{group} is compared with what is called {', '.join(names)} here"


def _accepted(tolerance: Tolerance, row: ComparedAmount) -> Decimal:
    if tolerance.per_cent is None:
        return Decimal(tolerance.requests)
    return abs(row.stated) * tolerance.per_cent / 100
