"""How long the event ledger keeps events, as its table has it."""

import re
from datetime import UTC, datetime, timedelta

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch

_DAYS = re.compile(r"\bTTL\b.*?toIntervalDay\((\d+)\)")
_MARGIN = timedelta(days=1)
_FOR_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def events_kept_from(client: Client, now: datetime) -> datetime:
    """The earliest time of an event whose row cannot have expired by `now`, with a day to spare. Raises as `fetch`."""
    (row,) = fetch(client, "verification/event_retention", {})
    found = _DAYS.search(row["engine_full"])
    if found is None:
        return _FOR_EVER
    return max(_FOR_EVER, now - timedelta(days=int(found[1])) + _MARGIN)
