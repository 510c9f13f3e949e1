"""Tables that keep, of all rows with one key, the one of the highest version; stores are values, known by a number."""

from collections.abc import Callable, Sequence
from functools import cache

from gatemeter.schema import API_USAGE, EPOCH_LEDGER, MONTHLY_REQUESTS
from tests.support.protocol_model.tiny_log import Row, column, is_ledger

Store = int
"""The number of a set of stored rows; equal sets have equal numbers."""

Merge = Callable[[Row, Row], Row]
"""Which row is kept of a stored one and one that arrives."""

EMPTY: Store = 0

_NUMBERS: dict[frozenset[Row], Store] = {frozenset(): EMPTY}
_CONTENTS: list[frozenset[Row]] = [frozenset()]


def rows_in(store: Store) -> frozenset[Row]:
    return _CONTENTS[store]


@cache
def ledger_in(store: Store) -> tuple[Row, ...]:
    return tuple(sorted(row for row in rows_in(store) if is_ledger(row)))


class ShrinksError(Exception):
    """A stored row was replaced by one that counted less."""


def highest_version(stored: Row, arriving: Row) -> Row:
    """As ReplacingMergeTree does: of equal versions the last one inserted."""
    if arriving.version < stored.version:
        return stored
    counted = _COUNTED.get(stored.key[0])
    if counted is not None and column(arriving, counted) < column(stored, counted):
        raise ShrinksError(f"{stored} is replaced by {arriving}")
    return arriving


_COUNTED = {API_USAGE.name: "requests", MONTHLY_REQUESTS.name: "requests", EPOCH_LEDGER.name: "consumed"}


def last_written(stored: Row, arriving: Row) -> Row:
    """A table without a version column."""
    return arriving


@cache
def written(store: Store, rows: Sequence[Row], merge: Merge = highest_version) -> Store:
    """The store after one table's rows were inserted."""
    kept = {row.key: row for row in rows_in(store)}
    for row in rows:
        kept[row.key] = merge(kept[row.key], row) if row.key in kept else row
    contents = frozenset(kept.values())
    number = _NUMBERS.setdefault(contents, len(_CONTENTS))
    if number == len(_CONTENTS):
        _CONTENTS.append(contents)
    return number
