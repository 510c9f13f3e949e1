"""Changes to stored tables by SQL, as somebody with access to the database could make them."""

from collections.abc import Sequence
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

_AT_ONCE = {"mutations_sync": 2, "lightweight_deletes_sync": 2}

API, MONTHLY, LLM = "api_usage_hourly", "monthly_requests", "llm_usage_hourly"
AGENTIC, SESSIONS, LETTERS = "agentic_usage_hourly", "stream_sessions_hourly", "dead_letters"
METERS = "meter_usage_hourly"
LEDGER, EVENTS, CORRECTIONS = "epoch_ledger", "event_ledger", "corrections"
USAGE = (API, MONTHLY, LLM, AGENTIC, SESSIONS, METERS)

API_KEY = "hour, consumer_id, service_id, route_id, method, status, log, partition, epoch_first_offset"
LOCATION = "log, partition, offset, line, event_index"
OF_LOG = "NOT startsWith(log, 'correction:') AND NOT startsWith(log, 'replay:')"
OF_CORRECTION = "startsWith(log, 'correction:')"
OF_REPLAY = "startsWith(log, 'replay:')"


@dataclass(frozen=True, slots=True)
class Tampering:
    """One kind of change to one table (or several); `needs_events` where only the event ledger makes it possible."""

    table: str
    change: str
    statements: Sequence[str]
    needs_events: bool = False
    undo: Sequence[str] = ()

    @property
    def name(self) -> str:
        """The table and what is changed in it."""
        return f"{self.table}: {self.change}"

    def apply(self, client: Client) -> None:
        """Change the tables of the client's database."""
        for statement in self.statements:
            client.command(statement, settings={} if statement.startswith("INSERT") else _AT_ONCE)


def update(table: str, change: str, where: str = "1") -> list[str]:
    """Statements that change values which are in no key."""
    return [f"ALTER TABLE {table} UPDATE {change} WHERE {where}"]


def delete(table: str, where: str) -> list[str]:
    """Statements that delete rows."""
    return [f"ALTER TABLE {table} DELETE WHERE {where}"]


def move(table: str, change: str, where: str = "1") -> list[str]:
    """Statements that give rows another key: `change` is `value AS column, ...`."""
    copy = f"tampered_{table}"
    return [
        f"CREATE TABLE {copy} AS {table} ENGINE = Memory",
        f"INSERT INTO {copy} SELECT * FROM {table} FINAL WHERE {where}",
        f"ALTER TABLE {table} DELETE WHERE {where}",
        f"INSERT INTO {table} SELECT * REPLACE ({change}) FROM {copy}",
        f"DROP TABLE {copy} SYNC",
    ]


def one(table: str, key: str, where: str = "1") -> str:
    """A condition for the first row of those with `where`, by `key`."""
    return f"({key}) IN (SELECT {key} FROM {table} FINAL WHERE {where} ORDER BY {key} LIMIT 1)"
