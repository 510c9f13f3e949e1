"""Settles usage: adds the hours of a day up, and the days of a month, and records which units are whole.

Rows first, the record last. Nobody reads rows without a record, so a settler that dies, or runs beside another one,
changes no answer. A record holds while the sum of the unit's touches is the one that was read before the hours were;
whoever writes hours touches them before. So no clock decides what is right, only what is worth settling.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.connection import require_writable
from gatemeter.clickhouse.errors import classified
from gatemeter.clickhouse.query import fetch, fetch_composed
from gatemeter.clickhouse.sink import insert_columns
from gatemeter.schema.rungs import RUNG_TABLES, SETTLED_UNITS, Rung, RungTable
from gatemeter.settling.statements import delete_attempts_sql, replaced_attempts_sql, settle_sql, written_sql
from gatemeter.settling.units import Attempt, Unit, attempts, unsettled_units

QUIET = timedelta(minutes=10)
"""How long nothing may have been written to a unit before it is settled.

It is longer than any write takes from its touch to its last row, so rows are not missed whose touch was seen. A writer
that stands still for longer touches the hours again with its rows.
"""

GRACE = timedelta(minutes=10)
"""How long the rows of a replaced attempt stay for queries that have begun to read them."""

_SETTINGS = {"log_comment": "gatemeter/settle/1", "max_partitions_per_insert_block": 0, "lightweight_deletes_sync": 1}
_TYPES = {column.name: column.type for column in SETTLED_UNITS.columns}

OnStep = Callable[[str], None]
"""Called before and behind each write, with its name."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What was settled of a rung's table: `units` with so many `rows`; `waiting` are those that are not at rest yet.

    `moved` were written to meanwhile, or their rows are not whole; the next run settles them.
    """

    target: RungTable
    units: int
    rows: int
    waiting: Sequence[Unit]
    moved: Sequence[Unit]


def settle(
    client: Client, *, quiet: timedelta = QUIET, grace: timedelta = GRACE, on_step: OnStep = lambda _step: None
) -> Iterator[Settled]:
    """Settle all units that are at rest, days before months, and delete the rows of replaced attempts.

    What was settled is told table by table, as it is settled. Raises as `fetch` does.
    """
    require_writable(client, SETTLED_UNITS.name)
    for rung in Rung:
        found = unsettled_units(client, rung, quiet)
        for target in (each for each in RUNG_TABLES if each.rung is rung):
            yield _settle_table(client, target, found[target.rollup.name], on_step)
    _delete_replaced(client, grace)


def _settle_table(client: Client, target: RungTable, found: Sequence[Unit], on_step: OnStep) -> Settled:
    moved: list[Unit] = []
    units = rows = 0
    for attempt in attempts(client, target, [unit for unit in found if unit.is_at_rest]):
        whole = _settle_units(client, attempt, on_step)
        units, rows = units + len(whole), rows + sum(whole.values())
        moved += [
            unit for unit, settling in zip(attempt.units, attempt.settlings, strict=True) if settling not in whole
        ]
    return Settled(target, units, rows, [unit for unit in found if not unit.is_at_rest], moved)


def _settle_units(client: Client, attempt: Attempt, on_step: OnStep) -> dict[int, int]:
    """Write the rows of an attempt and the records of its units. The rows by settling, of those that are settled."""
    target = attempt.target
    on_step(f"before {target.rung} rows")
    # The client sends a statement again whose connection broke; under the same id no two of them run at once.
    settings = {**_SETTINGS, "query_id": f"gatemeter-settle-{attempt.settlings[0]:x}"}
    with classified(target.name):
        client.command(settle_sql(target), parameters={**attempt.places, **attempt.hours}, settings=settings)
    on_step(f"after {target.rung} rows")
    written = _whole_attempts(client, attempt)
    still = {unit.key: unit.touches for unit in unsettled_units(client, target.rung, timedelta())[target.rollup.name]}
    settled = {
        settling: (unit, written[settling])
        for unit, settling in zip(attempt.units, attempt.settlings, strict=True)
        if still.get(unit.key) == unit.touches and settling in written
    }
    on_step(f"before {target.rung} record")
    if settled:
        records = [
            (target.rung.value, target.rollup.name, *unit.key, settling, unit.touches, rows)
            for settling, (unit, rows) in settled.items()
        ]
        insert_columns(client, SETTLED_UNITS.name, _TYPES, list(map(list, zip(*records, strict=True))))
    on_step(f"after {target.rung} record")
    return {settling: rows for settling, (_, rows) in settled.items()}


def _whole_attempts(client: Client, attempt: Attempt) -> dict[int, int]:
    """How many rows each settling has written, of those that wrote one row a key.

    A statement that the client has sent twice, because the connection broke, has written each row twice.
    """
    parameters = {**attempt.hours, "settlings": list(attempt.settlings)}
    rows = fetch_composed(client, "settling/written", written_sql(attempt.target), parameters)
    return {row["settling"]: row["rows"] for row in rows if row["rows"] == row["keys"]}


def _delete_replaced(client: Client, grace: timedelta) -> None:
    # A record with a lower settling never takes the place of one with a higher: nobody will read these rows again.
    settled = {(row["rung"], row["table"]) for row in fetch(client, "settling/settled_tables", {})}
    for target in RUNG_TABLES:
        named = {"rung": target.rung.value, "table": target.rollup.name, "grace_s": int(grace.total_seconds())}
        if (named["rung"], named["table"]) not in settled:
            continue
        found = fetch_composed(client, "settling/replaced_attempts", replaced_attempts_sql(target), named)
        if found:
            with classified(target.name):
                parameters = {"settlings": [row["settling"] for row in found]}
                client.command(delete_attempts_sql(target), parameters=parameters, settings=_SETTINGS)
