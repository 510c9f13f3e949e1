"""What became of one event: every place where it was read, and how it was counted there or why not."""

import json
from collections.abc import Sequence
from typing import Any

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict

from gatemeter.reports.dead_letters import DeadLetterRow
from gatemeter.reports.query import fetch
from gatemeter.wire.event_location import EventLocation

_NOWHERE = EventLocation("", 0, 0, 0, 0)

MOST_DEAD_LETTERS = 100
"""How many dead letters are shown of those whose text holds an id."""


class EventAtPlace(BaseModel):
    """An event at one place; the fields are the columns of every output, in this order."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    place: str
    """`EventLocation` as it is written."""
    outcome: str
    """`counted`, `duplicate` (a copy near by was counted), `other_kind` or `corrected` (counted, and taken back)."""
    time: str
    """The event's own time (UTC)."""
    hour: str
    """The hour of the rows of usage it is counted in; with the consumer and the epoch, the key of these rows."""
    consumer_id: str
    """'' for nobody."""
    topic: str
    log_kind: str
    """'' while the ledger does not speak of the epoch yet."""
    log: str
    partition: int
    offset: int
    line: int
    event_index: int
    epoch_first_offset: int
    epoch_next_offset: int
    rules: str
    reason: str | None
    """Why it was corrected; the last three are None where it was not."""
    booked_at: str | None
    kept: str | None
    """The place of its copy that stays counted."""
    id_hash: int


def events_by_hash(client: Client, id_hashes: Sequence[int]) -> list[EventAtPlace]:
    """All places of the events whose identities have these hashes, by time and place. Raises as `fetch` does."""
    return _events(client, id_hashes, _NOWHERE)


def events_like(client: Client, place: EventLocation) -> list[EventAtPlace]:
    """All places of the event that stands at `place`, by time and place. Raises as `fetch` does."""
    return _events(client, (), place)


def dead_letters_holding(client: Client, event_id: str) -> list[DeadLetterRow]:
    """Dead letters that stand and whose text holds the id as a whole JSON string.

    At most one more than `MOST_DEAD_LETTERS`.

    Raises as `fetch` does.
    """
    texts = [json.dumps(event_id), json.dumps(event_id, ensure_ascii=False)]
    rows = fetch(client, "explain/dead_letters_holding", {"texts": texts, "limit": MOST_DEAD_LETTERS + 1})
    return [DeadLetterRow.model_validate({"place": str(EventLocation.of(row)), **row}) for row in rows]


def _events(client: Client, id_hashes: Sequence[int], place: EventLocation) -> list[EventAtPlace]:
    parameters = {"id_hashes": list(id_hashes), **place.columns("at_")}
    return [_event(row) for row in fetch(client, "explain/event", parameters)]


def _event(row: dict[str, Any]) -> EventAtPlace:
    kept = EventLocation.of(row, "kept_")
    known = {name: row[name] for name in EventAtPlace.model_fields if name in row}
    if not kept.log:
        return EventAtPlace.model_validate({**known, "place": str(EventLocation.of(row)), **dict.fromkeys(_CORRECTION)})
    return EventAtPlace.model_validate({**known, "place": str(EventLocation.of(row)), "kept": str(kept)})


_CORRECTION = ("reason", "booked_at", "kept")
