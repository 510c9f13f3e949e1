"""The units of a rung that are not settled, and how many of them one statement settles."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch, fetch_composed
from gatemeter.schema.rollups import ROLLUPS
from gatemeter.schema.rungs import Rung, RungTable
from gatemeter.settling.statements import row_counts_sql

MOST_ROWS = 2_000_000
"""Of the rung below, in one statement, unless a single unit has more: the rows are added up in memory."""

MOST_UNITS = 200
"""In one statement: their names are parameters, and those have a longest length."""

_LONGEST = {Rung.DAY: timedelta(days=1), Rung.MONTH: timedelta(days=31)}
_ID_BITS = 80


@dataclass(frozen=True, slots=True)
class Unit:
    """A day or month of a log's partition, which `touches` have touched, and which `begins` then (UTC)."""

    log: str
    partition: int
    begins: datetime
    touches: int
    is_over: bool
    is_quiet: bool

    @property
    def key(self) -> tuple[str, int, datetime]:
        """What names it among the units of its table and rung."""
        return self.log, self.partition, self.begins

    @property
    def is_at_rest(self) -> bool:
        """Whether it is worth settling: nothing is expected to be written to it soon."""
        return self.is_over and self.is_quiet


@dataclass(frozen=True, slots=True)
class Attempt:
    """Units that one statement settles; `settlings` are the numbers of the attempt, one for each of `units`."""

    target: RungTable
    units: Sequence[Unit]
    settlings: Sequence[int]

    @property
    def hours(self) -> dict[str, str]:
        """The query parameters `from` and `to`, which hold all the units."""
        first, last = (pick(unit.begins for unit in self.units) for pick in (min, max))
        end = last + _LONGEST[self.target.rung]
        return {"from": f"{first:%Y-%m-%d %H:%M:%S}", "to": f"{end:%Y-%m-%d %H:%M:%S}"}

    @property
    def places(self) -> dict[str, list[Any]]:
        """The query parameters that name the units and their settlings."""
        return {
            "logs": [unit.log for unit in self.units],
            "partitions": [unit.partition for unit in self.units],
            "units": [int(unit.begins.timestamp()) for unit in self.units],
            "settlings": list(self.settlings),
        }


def unsettled_units(client: Client, rung: Rung, quiet: timedelta) -> dict[str, list[Unit]]:
    """The units of `rung` that are not settled, by the name of the table of hours, the earliest first.

    Raises as `fetch` does.
    """
    found: dict[str, list[Unit]] = {rollup.name: [] for rollup in ROLLUPS}
    for row in fetch(client, f"settling/unsettled_{rung.value}s", {"quiet_s": int(quiet.total_seconds())}):
        begins = datetime.fromtimestamp(row["unit"], UTC)
        is_over, is_quiet = bool(row["is_over"]), bool(row["is_quiet"])
        found[row["table"]].append(Unit(row["log"], row["partition"], begins, row["touches"], is_over, is_quiet))
    return found


def attempts(client: Client, target: RungTable, units: Sequence[Unit]) -> Iterator[Attempt]:
    """`units`, which are in ascending order, in as few statements as the bounds allow. Raises as `fetch` does."""
    chosen: list[Unit] = []
    rows = 0
    counts = _row_counts(client, target, units)
    for unit in units:
        own = counts.get(unit.key, 0)
        if chosen and (rows + own > MOST_ROWS or len(chosen) == MOST_UNITS):
            yield _attempt(client, target, chosen)
            chosen, rows = [], 0
        chosen.append(unit)
        rows += own
    if chosen:
        yield _attempt(client, target, chosen)


def _attempt(client: Client, target: RungTable, units: Sequence[Unit]) -> Attempt:
    [row] = fetch(client, "settling/latest_settling", {})
    return Attempt(target, list(units), [new_settling(row["now_ms"], row["settling"]) for _ in units])


def new_settling(now_ms: int, latest: int) -> int:
    """A number that no attempt has had, greater than `latest`: the Unix time in ms, and 80 bits by chance."""
    by_chance = secrets.randbits(_ID_BITS)
    of_now = now_ms << _ID_BITS | by_chance
    # Where the clock of another server was ahead of this one's.
    return of_now if of_now > latest else latest + 1 + by_chance


def _row_counts(client: Client, target: RungTable, units: Sequence[Unit]) -> dict[tuple[str, int, datetime], int]:
    if not units:
        return {}
    rows = fetch_composed(client, "settling/row_counts", row_counts_sql(target), Attempt(target, units, ()).hours)
    return {(row["log"], row["partition"], datetime.fromtimestamp(row["unit"], UTC)): row["rows"] for row in rows}
