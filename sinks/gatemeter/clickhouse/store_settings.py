"""What a store remembers about how it is counted into, each change with its date: whether it keeps the event ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.errors import classified, with_retry
from gatemeter.clickhouse.sink import INSERT_SETTINGS
from gatemeter.clickhouse.stored_rows import has_any_event, stored_sql

_TABLE = "store_settings"
_COLUMN_TYPES = {"name": "String", "changed_at": "DateTime64(3, 'UTC')", "value": "String"}
_EVENT_LEDGER, _ON, _OFF = "event_ledger", "on", "off"


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


def event_ledger_switches(client: Client) -> Sequence[EventLedgerSwitch]:
    """All changes, the earliest first; none in a store that never kept the event ledger. Raises as `stored_rows`."""

    def run() -> Sequence[Sequence[object]]:
        with classified(_TABLE):
            parameters = {"name": _EVENT_LEDGER}
            rows: Sequence[Sequence[object]] = client.query(stored_sql(_TABLE), parameters=parameters).result_rows
            return rows

    return [EventLedgerSwitch(value == _ON, _moment(changed_at_ms)) for changed_at_ms, value in with_retry(run)]


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
    with_retry(lambda: _write(client, switch))
    return EventLedgerState(requested, switch)


def _write(client: Client, switch: EventLedgerSwitch) -> None:
    values = (_EVENT_LEDGER, switch.at, _ON if switch.is_on else _OFF)
    with classified(_TABLE):
        client.insert(
            _TABLE,
            [[value] for value in values],
            column_names=list(_COLUMN_TYPES),
            column_type_names=list(_COLUMN_TYPES.values()),
            column_oriented=True,
            settings=INSERT_SETTINGS,
        )


def _moment(unix_ms: object) -> datetime:
    return datetime.fromtimestamp(int(str(unix_ms)) / 1000, UTC)
