"""What a store remembers about how it is counted into, each change with its date.

Whether it keeps the event ledger, and for how long; in which format each log was read that does not say it itself; what
verifications have found."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.errors import classified, with_retry
from gatemeter.clickhouse.sink import insert_columns
from gatemeter.clickhouse.stored_rows import has_any_event, stored_sql

_TABLE = "store_settings"
_COLUMN_TYPES = {"name": "String", "changed_at": "DateTime64(3, 'UTC')", "value": "String"}
_EVENT_LEDGER, _ON, _OFF = "event_ledger", "on", "off"
_LOG_FORMAT = "format of log "
_VERIFICATION = "verification"


@dataclass(frozen=True, slots=True)
class EventLedgerSwitch:
    """The event ledger was switched on, or off, at the moment `at` (UTC)."""

    is_on: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class EventLedgerState:
    """Whether what is counted into the store now leaves events in its event ledger.

    `switched` is the change that was made for this run, None where the store stays as it was.
    """

    is_kept: bool
    switched: EventLedgerSwitch | None = None


@dataclass(frozen=True, slots=True)
class StoredVerification:
    """A verification of everything that is stored: the moment (UTC), the differences found, the events covered."""

    at: datetime
    differences: int
    events: int


def event_ledger_switches(client: Client) -> Sequence[EventLedgerSwitch]:
    """All changes, the earliest first; none in a store that never kept the event ledger. Raises as `stored_rows`."""
    return [EventLedgerSwitch(value == _ON, at) for at, value in setting_history(client, _EVENT_LEDGER)]


def keeps_event_ledger(client: Client) -> bool:
    """Whether the store keeps the event ledger. Raises as `event_ledger_switches`.

    A store in which nobody has switched it, because it was counted before switches were stored, keeps it if it holds
    an event.
    """
    switches = event_ledger_switches(client)
    return switches[-1].is_on if switches else has_any_event(client)


def event_ledger_state(client: Client, requested: bool | None, now: datetime) -> EventLedgerState:
    """Whether to keep the event ledger: as `requested`, where None leaves it as the store has it.

    A request that differs from what the store has switches it, and the change is stored with the date `now`. Raises as
    `event_ledger_switches`.
    """
    is_kept = keeps_event_ledger(client)
    if requested is None or requested == is_kept:
        return EventLedgerState(is_kept)
    switch = EventLedgerSwitch(requested, now)
    record_setting(client, _EVENT_LEDGER, now, _ON if requested else _OFF)
    return EventLedgerState(requested, switch)


def log_format(client: Client, log: str) -> str | None:
    """The name of the format that the log was first counted in; None if that was not stored. Raises as `fetch` does."""
    history = setting_history(client, _LOG_FORMAT + log)
    return history[0][1] if history else None


def record_log_format(client: Client, log: str, name: str, now: datetime) -> None:
    """Remember that the log is counted in the format `name`, of a mapping with its hash. Raises as `log_format`."""
    record_setting(client, _LOG_FORMAT + log, now, name)


def record_verification(client: Client, verification: StoredVerification) -> None:
    """Remember what a verification of everything that is stored has found. Raises as `event_ledger_switches`."""
    found = {"differences": verification.differences, "events": verification.events}
    record_setting(client, _VERIFICATION, verification.at, json.dumps(found))


def last_verification(client: Client) -> StoredVerification | None:
    """The last one; None if none was recorded. Raises as `event_ledger_switches`."""
    history = setting_history(client, _VERIFICATION)
    return StoredVerification(at=history[-1][0], **json.loads(history[-1][1])) if history else None


def setting_history(client: Client, name: str) -> Sequence[tuple[datetime, str]]:
    """The moments at which a setting was changed, each with the value since then. Raises as `stored_rows` does."""

    def run() -> Sequence[tuple[datetime, str]]:
        with classified(_TABLE):
            rows = client.query(stored_sql(_TABLE), parameters={"name": name}).result_rows
            return [(datetime.fromtimestamp(changed_at_ms / 1000, UTC), value) for changed_at_ms, value in rows]

    return with_retry(run)


def record_setting(client: Client, name: str, at: datetime, value: str) -> None:
    """Remember that the setting has the value from the moment `at` on. Raises as `stored_rows` does."""
    with_retry(lambda: insert_columns(client, _TABLE, _COLUMN_TYPES, [[name], [at], [value]]))
