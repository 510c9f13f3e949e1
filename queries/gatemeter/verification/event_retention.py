"""How long the event ledger keeps events: as its table has it now, and as it was set before."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.clickhouse.store_settings import EventRetention, event_retentions

FIRST_RETENTION_DAYS = 400
"""What the migrations make the table with."""

_DAYS = re.compile(r"\bTTL\b.*?toIntervalDay\((\d+)\)")
_MARGIN = timedelta(days=1)
_FOR_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def events_kept_from(client: Client, now: datetime) -> datetime:
    """The earliest time of an event whose row cannot have expired by `now`, with a day to spare. Raises as `fetch`.

    What expired under a shorter retention is not there any more though it is longer now.
    """
    (row,) = fetch(client, "verification/event_retention", {})
    found = _DAYS.search(row["engine_full"])
    present = EventRetention(int(found[1]), now) if found else None
    return max([_FOR_EVER, *(end - timedelta(days=days) + _MARGIN for days, end in _spans(client, present))])


def _spans(client: Client, present: EventRetention | None) -> Iterator[tuple[int, datetime]]:
    """Each retention in days, and until when it held."""
    history = event_retentions(client)
    if history:
        yield FIRST_RETENTION_DAYS, history[0].at
    for retention, following in pairwise(history):
        yield retention.days, following.at
    if present is not None:
        yield present.days, present.at
