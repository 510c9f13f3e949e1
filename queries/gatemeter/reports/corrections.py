"""Events that were retracted, from the corrections that did it."""

from collections.abc import Sequence
from typing import Any

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict

from gatemeter.clickhouse.query import fetch
from gatemeter.reports.period import TimeSpan
from gatemeter.wire.event_location import EventLocation


class BookedCorrection(BaseModel):
    """An event that was retracted; the fields are the columns of every output, in this order."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    place: str
    """`EventLocation` as it is written."""
    topic: str
    time: str
    """The event's own time (UTC)."""
    consumer_id: str
    """`anonymous` for nobody."""
    reason: str
    booked_at: str
    """When it was retracted (UTC)."""
    kept: str
    """The place of its copy that stays counted."""


def list_corrections(client: Client, span: TimeSpan, limit: int) -> Sequence[BookedCorrection]:
    """The first `limit` corrections of events with times in `span`, as they were booked. Raises as `fetch` does."""
    return [_booked(row) for row in fetch(client, "corrections_list", {**span.parameters, "limit": limit})]


def correction_count(client: Client, span: TimeSpan) -> int:
    """How many there are in all. Raises as `fetch` does."""
    return int(fetch(client, "correction_count", span.parameters)[0]["corrections"])


def _booked(row: dict[str, Any]) -> BookedCorrection:
    return BookedCorrection(
        place=str(EventLocation.of(row)),
        topic=row["topic"],
        time=row["time"],
        consumer_id=row["consumer_id"] or "anonymous",
        reason=row["reason"],
        booked_at=row["booked_at"],
        kept=str(EventLocation.of(row, "kept_")),
    )
