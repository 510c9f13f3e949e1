"""The journal of crossings in ClickHouse."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.budgets.announcing import Attempt, Outcome, Recorded
from gatemeter.budgets.crossing import Crossing
from gatemeter.clickhouse.query import fetch
from gatemeter.clickhouse.sink import insert_columns
from gatemeter.schema import Table
from gatemeter.schema.budget_journal import BUDGET_CROSSINGS, BUDGET_DELIVERIES

_STORED = {"threshold": "threshold_percent", "limit": "budget_limit"}
"""Fields of a crossing whose column has another name."""


class StoredJournal:
    """Implements `announcing.Journal` over the tables of `schema.budget_journal`, of crossings with an `id_ending`."""

    def __init__(self, client: Client, ending: str = "") -> None:
        self._client = client
        self._ending = ending

    def recorded(self, since: datetime) -> Sequence[Recorded]:
        """See `Journal.recorded`."""
        return [_recorded(row) for row in fetch(self._client, "budgets/crossings", self._asked(since))]

    def attempts(self, since: datetime) -> Sequence[Attempt]:
        """See `Journal.attempts`."""
        return [
            Attempt(
                row["crossing_id"],
                row["target"],
                row["attempt"],
                row["attempted_at"].replace(tzinfo=UTC),
                Outcome(row["outcome"]),
                row["detail"],
            )
            for row in fetch(self._client, "budgets/deliveries", self._asked(since))
        ]

    def record(self, recorded: Sequence[Recorded]) -> None:
        """See `Journal.record`."""
        fields = [_STORED.get(name, name) for name in Crossing.__struct_fields__]
        values = [
            dict(zip(fields, (getattr(each.crossing, name) for name in Crossing.__struct_fields__), strict=True))
            | {"targets": list(each.targets)}
            for each in recorded
        ]
        self._insert(BUDGET_CROSSINGS, values)

    def note(self, attempt: Attempt) -> None:
        """See `Journal.note`."""
        row = {
            "crossing_id": attempt.crossing_id,
            "target": attempt.target,
            "attempt": attempt.number,
            "attempted_at": attempt.at,
            "outcome": attempt.outcome.value,
            "detail": attempt.detail,
        }
        self._insert(BUDGET_DELIVERIES, [row])

    def _asked(self, since: datetime) -> dict[str, str]:
        return {"since": f"{since:%Y-%m-%d %H:%M:%S}", "ending": self._ending}

    def _insert(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        types = {column.name: column.type for column in table.columns}
        insert_columns(self._client, table.name, types, [[row[name] for row in rows] for name in types])


def _recorded(row: dict[str, Any]) -> Recorded:
    values = {name: row[_STORED.get(name, name)] for name in Crossing.__struct_fields__}
    times = {name: values[name].replace(tzinfo=UTC) for name in ("window_start", "window_end", "found_at")}
    return Recorded(Crossing(**values | times), tuple(row["targets"]))
