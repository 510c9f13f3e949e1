"""Bringing a price book up to date without changing what was billed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from gatemeter.pricing.book_writer import match_text, price_text
from gatemeter.pricing.price_book import DatedRates, PriceBook, PriceEntry, ServicePrice
from gatemeter.pricing.price_dates import date_text
from gatemeter.pricing.price_hours import day_spans_of, spans_of

T = TypeVar("T", bound=DatedRates)

_AN_HOUR = timedelta(hours=1)


class ChangeKind(StrEnum):
    """What happens to a model in a refreshed book."""

    ADDED = "added"
    REMOVED = "removed"
    """No longer published. The model stays in the book: old calls still cost what they cost."""
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class BookChange:
    """One difference between two books: `before` and `after` are a price as TOML, '' where there is none."""

    kind: ChangeKind
    model: str
    what: str
    before: str
    after: str


def refreshed_book(current: PriceBook, published: PriceBook, first_hour: datetime) -> PriceBook:
    """`current` up to `first_hour`, `published` from then on.

    What the book says about the time before stays, word for word: a price that has changed is appended with its date.
    Models that are new in `published` come with all their dates. Models that are gone from it stay, and so do overrides
    for consumers.
    """
    known = {_identity(entry): entry for entry in current.entries}
    fresh = {_identity(entry): entry for entry in published.entries}
    merged = {
        name: _merged(known[name], entry, first_hour) if name in known else entry for name, entry in fresh.items()
    }
    kept = {name: entry for name, entry in known.items() if name not in fresh}
    return published.model_copy(
        update={
            "known_since": current.known_since,
            "aliases": published.aliases | current.aliases,
            "fallbacks": published.fallbacks | current.fallbacks,
            "standard": _united(published.standard, current.standard),
            "modifiers": current.modifiers,
            "deployments": current.deployments,
            "snapshot_suffixes": current.snapshot_suffixes,
            "name_rules": current.name_rules,
            "model_aliases": current.model_aliases,
            "entries": _in_order(kept, merged),
        }
    )


def _united(first: Mapping[str, Sequence[str]], second: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    names = dict.fromkeys((*first, *second))
    return {name: tuple(dict.fromkeys((*first.get(name, ()), *second.get(name, ())))) for name in names}


def _identity(entry: PriceEntry) -> tuple[str, str, str]:
    return entry.provider, entry.model, entry.consumer or ""


def _in_order(
    kept: dict[tuple[str, str, str], PriceEntry], merged: dict[tuple[str, str, str], PriceEntry]
) -> tuple[PriceEntry, ...]:
    """Entries by provider, the published models first and in their order.

    The first entry that matches counts, so a model that is gone must not precede a newer one that also matches.
    """
    published_places = {name: place for place, name in enumerate(merged)}
    everything = merged | kept
    last = len(everything)
    order = sorted(everything, key=lambda name: (name[0], published_places.get(name, last), name))
    return tuple(everything[name] for name in order)


def _merged(known: PriceEntry, fresh: PriceEntry, first_hour: datetime) -> PriceEntry:
    return known.model_copy(
        update={
            "names": fresh.names,
            "suffixes": fresh.suffixes,
            "match": fresh.match,
            "note": fresh.note,
            "doubtful": fresh.doubtful,
            "prices": _continued(known.prices, fresh.prices, first_hour),
            "service_tiers": _merged_variants(known.service_tiers, fresh.service_tiers, first_hour),
            "modifiers": _merged_variants(known.modifiers, fresh.modifiers, first_hour),
        }
    )


def _merged_variants(
    known: Mapping[str, Sequence[ServicePrice]], fresh: Mapping[str, Sequence[ServicePrice]], first_hour: datetime
) -> dict[str, tuple[ServicePrice, ...]]:
    return {name: _continued(known.get(name, ()), fresh.get(name, ()), first_hour) for name in sorted({*known, *fresh})}


def _continued(known: Sequence[T], fresh: Sequence[T], first_hour: datetime) -> tuple[T, ...]:
    """The prices in `known` before `first_hour`, then the prices in `fresh`; `known` alone where `fresh` is empty."""
    if not fresh:
        return tuple(known)
    past = [group for group in _groups(known) if _begins_before(group, first_hour)]
    now = [group for group in _groups(fresh) if _begins_before(group, first_hour + _AN_HOUR)]
    future = [group for group in _groups(fresh) if not _begins_before(group, first_hour + _AN_HOUR)]
    if now and (not past or _undated(past[-1]) != _undated(now[-1])):
        past.append([price.model_copy(update={"first_hour": first_hour}) for price in now[-1]])
    return tuple(price for group in (*past, *future) for price in group)


def _groups(prices: Sequence[T]) -> list[list[T]]:
    """Lists of prices that begin at the same time, the earliest first."""
    groups: defaultdict[datetime | None, list[T]] = defaultdict(list)
    for price in prices:
        groups[price.first_hour].append(price)
    return [groups[start] for start in sorted(groups, key=lambda start: (start is not None, start))]


def _begins_before(group: Sequence[DatedRates], hour: datetime) -> bool:
    start = group[0].first_hour
    return start is None or start < hour


def _undated(group: Sequence[DatedRates]) -> list[str]:
    return sorted(price_text(price.model_copy(update={"first_hour": None})) for price in group)


def book_changes(before: PriceBook, after: PriceBook, published: PriceBook) -> Iterator[BookChange]:
    """What a refresh from `before` to `after` adds and changes, and the models that are not in `published` any more."""
    old = {entry.name: entry for entry in before.entries}
    names = {entry.name for entry in published.entries}
    for entry in after.entries:
        if entry.name not in old:
            yield from _changes_of(ChangeKind.ADDED, entry.name, {}, _parts(entry))
        elif entry.name not in names and entry.consumer is None:
            yield BookChange(ChangeKind.REMOVED, entry.name, "stays in the book", price_text(entry.prices[-1]), "")
        else:
            yield from _changes_of(ChangeKind.CHANGED, entry.name, _parts(old[entry.name]), _parts(entry))


def _changes_of(kind: ChangeKind, model: str, old: dict[str, str], new: dict[str, str]) -> Iterator[BookChange]:
    for what in dict.fromkeys((*old, *new)):
        if old.get(what) != new.get(what):
            yield BookChange(kind, model, what, old.get(what, ""), new.get(what, ""))


def _parts(entry: PriceEntry) -> dict[str, str]:
    parts = {"match": match_text(entry.match)} if entry.match else {}
    parts |= {"names": ", ".join(entry.names)} if entry.names else {}
    parts |= {"suffixes": ", ".join(entry.suffixes)} if entry.suffixes is not None else {}
    parts |= {"doubtful": entry.doubtful} if entry.doubtful else {}
    parts |= {_when("price", price): price_text(price) for price in entry.prices}
    return parts | {
        _when(name, price): price_text(price)
        for variants in (entry.service_tiers, entry.modifiers)
        for name, prices in variants.items()
        for price in prices
    }


def _when(what: str, price: DatedRates) -> str:
    date = f" from {date_text(price.first_hour)}" if price.first_hour else ""
    if price.when is None:
        return what + date
    days = f" on {','.join(day_spans_of(price.when.days))}" if price.when.days is not None else ""
    hours = f" at {','.join(spans_of(price.when.hours))} h" if price.when.hours is not None else ""
    return f"{what}{date}{days}{hours} {price.when.zone or 'UTC'}"
