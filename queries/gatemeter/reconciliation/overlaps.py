"""Rows and exports that state the same usage twice: adding them up would double it."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from gatemeter.errors import ConflictError
from gatemeter.reconciliation.stated import Export, Kind, StatedAmount


def require_different_files(paths: Sequence[Path]) -> None:
    """Raise ConflictError for a file that is given twice, however its path is written."""
    first: set[Path] = set()
    for path in paths:
        if path.resolve() in first:
            do = "give each file once"
            raise ConflictError("is given twice: it would count twice", where=str(path), do=do)
        first.add(path.resolve())


def require_no_overlap(exports: Sequence[Export]) -> None:
    """Raise ConflictError for a row that is there twice, and for two files of one provider's same time and kind.

    Files of different accounts, projects or keys may be of one time, where all of their rows name them, and so may
    files of one report that is delivered in parts: no row of one has what a row of the other has.
    """
    _require_different_rows(exports)
    for one, other in combinations(exports, 2):
        for is_cost in (True, False):
            _require_apart(one, other, is_cost=is_cost)


def _require_different_rows(exports: Sequence[Export]) -> None:
    first: dict[tuple[object, ...], str] = {}
    for export in exports:
        for each in export.amounts:
            if not each.identity:
                continue
            key = (export.provider, each.interval, each.kind, each.identity)
            where = first.setdefault(key, each.where)
            if where != each.where:
                raise ConflictError(
                    f"the same row stands at {where}: it would count twice",
                    where=each.where,
                    do="give each export and each page once",
                )


def _require_apart(one: Export, other: Export, *, is_cost: bool) -> None:
    ours, theirs = _of_kind(one, is_cost=is_cost), _of_kind(other, is_cost=is_cost)
    if one.provider != other.provider or one.path == other.path or not ours or not theirs:
        return
    if one.source == other.source and (_scopes_differ(ours, theirs) or _are_parts(ours, theirs)):
        return
    intervals = {each.interval for each in theirs}
    clash = next((each for each in ours if any(each.interval.overlaps(span) for span in intervals)), None)
    if clash is not None:
        raise ConflictError(
            f"{one.path} and {other.path} both have {'costs' if is_cost else 'usage'} of "
            f"{clash.interval.start:%Y-%m-%dT%H:%MZ} to {clash.interval.end:%Y-%m-%dT%H:%MZ}: it would count twice",
            do="give one of them, or exports of different accounts or times",
        )


def _of_kind(export: Export, *, is_cost: bool) -> list[StatedAmount]:
    return [each for each in export.amounts if (each.kind is Kind.COST) is is_cost]


def _are_parts(ours: Sequence[StatedAmount], theirs: Sequence[StatedAmount]) -> bool:
    """Whether all rows say what was used, and none of both says the same of one time: two reports would."""
    if not all(each.usage for each in (*ours, *theirs)):
        return False
    of_ours, of_theirs = ({(each.interval, each.usage) for each in amounts} for amounts in (ours, theirs))
    return of_ours.isdisjoint(of_theirs)


def _scopes_differ(ours: Sequence[StatedAmount], theirs: Sequence[StatedAmount]) -> bool:
    """Whether all rows tell their account, or project, ..., and the two have none in common.

    A project in one and a key in the other proves nothing: the key may be of the project.
    """
    told = (zip(*(each.scope for each in amounts), strict=True) for amounts in (ours, theirs))
    columns = zip(*told, strict=True)
    return any(all((*one, *other)) and set(one).isdisjoint(other) for one, other in columns)
