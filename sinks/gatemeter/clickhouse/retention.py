"""How long the store keeps rows that expire by the times of their events: as it is set now, and as it was before.

What expired under a shorter retention is not there any more though it is longer now.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.errors import classified, with_retry
from gatemeter.clickhouse.store_settings import record_setting, setting_history
from gatemeter.clickhouse.stored_rows import stored_sql
from gatemeter.metering.kept_minutes import KeptMinutes
from gatemeter.schema import EVENT_LEDGER, MINUTE_USAGE

_DAYS = re.compile(r"\bTTL\b.*?toIntervalDay\((?:_CAST\()?(\d+)")
"""A number that was a parameter of the statement is shown with its cast."""

_FOR_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Expiring:
    """Rows of `table` expire: `first_days` after their events if nothing else was set.

    `setting` is the name of the store's setting, `any_written` the query that tells whether a row was ever written.
    """

    table: str
    setting: str
    first_days: int
    any_written: str


EVENTS = Expiring(EVENT_LEDGER.name, "event_retention_days", 400, "has_any_event")
MINUTES = Expiring(MINUTE_USAGE.name, "minute_retention_days", 7, "has_any_minute")


@dataclass(frozen=True, slots=True)
class _Retention:
    """So many days, until the moment `until` (UTC)."""

    days: int
    until: datetime


def events_kept_from(client: Client, now: datetime) -> datetime:
    """The earliest time of an event whose row cannot have expired by `now`, with a day to spare.

    Raises as `stored_rows` does.
    """
    return _kept_from(client, EVENTS, now, _DAY)


def minutes_kept_from(client: Client, now: datetime) -> datetime:
    """The first hour none of whose minutes can have expired by `now`, or within the hour that follows.

    Raises as `stored_rows` does.
    """
    begin = _kept_from(client, MINUTES, now, _HOUR)
    hour = begin.replace(minute=0, second=0, microsecond=0)
    return hour if hour == begin else hour + _HOUR


def kept_minutes(client: Client) -> KeptMinutes:
    """Which minutes are worth counting into the store. Raises as `stored_rows` does."""
    return KeptMinutes(kept_days(client, MINUTES))


def kept_days(client: Client, rows: Expiring) -> int | None:
    """After how many days rows expire now; None where they do not. Raises as `stored_rows` does."""

    def run() -> int | None:
        with classified(rows.table):
            [[made]] = client.query(stored_sql("table_engine"), parameters={"table": rows.table}).result_rows
        found = _DAYS.search(made)
        return int(found[1]) if found else None

    return with_retry(run)


def record_retention(client: Client, rows: Expiring, days: int, now: datetime) -> None:
    """Remember that rows expire after `days` from `now` on. Raises as `stored_rows` does.

    Where none was ever written, none has expired under another retention: it is then this one since ever.
    """

    def any_written() -> bool:
        with classified(rows.table):
            return bool(client.query(stored_sql(rows.any_written)).result_rows)

    record_setting(client, rows.setting, now if with_retry(any_written) else _FOR_EVER, str(days))


def _kept_from(client: Client, rows: Expiring, now: datetime, margin: timedelta) -> datetime:
    begins = (each.until - timedelta(days=each.days) + margin for each in _retentions(client, rows, now))
    return max([_FOR_EVER, *begins])


def _retentions(client: Client, rows: Expiring, now: datetime) -> Iterator[_Retention]:
    history = setting_history(client, rows.setting)
    if history:
        yield _Retention(rows.first_days, history[0][0])
    for (_, days), (until, _) in pairwise(history):
        yield _Retention(int(days), until)
    present = kept_days(client, rows)
    if present is not None:
        yield _Retention(present, now)
