"""Which event is to be explained, and what the event ledger knows of it.

The ledger has every location of an event, and how it was counted there or why not.
"""

import json
from dataclasses import dataclass
from typing import Any

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict

from gatemeter.clickhouse.query import fetch
from gatemeter.events.batch import ApiRequests, IdentifiedEvents
from gatemeter.formats.cloudevents.event import identity_of
from gatemeter.metering.deduplication import hashed
from gatemeter.output.placeholders import subject_of_id
from gatemeter.reports.dead_letters import DeadLetterRow, dead_letter_row
from gatemeter.wire.event_location import EventLocation


@dataclass(frozen=True, slots=True)
class EventQuery:
    """An event by its `location`, else by its `event_id`; a CloudEvent is identified by `source` and id together."""

    event_id: str
    source: str | None
    location: EventLocation | None

    @property
    def name(self) -> str:
        """The event as it was asked for."""
        return self.event_id if self.location is None else str(self.location)

    @property
    def id_hashes(self) -> list[int]:
        """The hashes that the duplicate filter may know the event by: as an API request, and as another event."""
        identity = self.event_id if self.source is None else identity_of(self.source, self.event_id)
        requests, others = ApiRequests(), IdentifiedEvents([identity])
        requests.event_ids.append(identity)
        return hashed([*requests.identities, *others.identities])


MOST_DEAD_LETTERS = 100
"""How many dead letters are shown of those whose text holds an id."""

_NOWHERE = EventLocation("", 0, 0, 0, 0)
_NOT_CORRECTED = dict.fromkeys(("reason", "booked_at", "kept"))


class LedgerEvent(BaseModel):
    """An event at one location; the fields are the columns of every output, in this order."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    place: str
    """The `EventLocation` as text."""
    outcome: str
    """`counted`, `duplicate` (a copy nearby was counted), `other_kind` or `corrected` (counted, then retracted)."""
    time: str
    """The event's own time (UTC)."""
    hour: str
    """The hour of its rows of usage. Hour, consumer and epoch together are the key of these rows."""
    consumer_id: str
    """'' for anonymous."""
    topic: str
    log_kind: str
    """'' while a flush is under way and the ledger does not hold the epoch yet."""
    log: str
    partition: int
    offset: int
    line: int
    event_index: int
    epoch_first_offset: int
    epoch_next_offset: int
    rules: str
    reason: str | None
    """Why the event was corrected. This and the next two fields are None unless it was."""
    booked_at: str | None
    kept: str | None
    """The location of the canonical copy, which stays counted."""
    id_hash: int

    def outcome_sentence(self) -> str:
        """How the event was counted at this location, or why not."""
        whose = f"for {subject_of_id(self.consumer_id)} in the hour {self.hour}"
        match self.outcome:
            case "counted":
                return f"counted {whose}"
            case "duplicate":
                return "not counted: the same event came before, near by in the same partition"
            case "other_kind":
                return f"no API request: what it used, if anything, is counted {whose} apart from requests"
            case "corrected":
                booked = f" on {self.booked_at} because: {self.reason}" if self.kept is not None else ""
                return f"counted {whose}, and retracted{booked}"
            case other:
                return other


def ledger_events(client: Client, query: EventQuery) -> list[LedgerEvent]:
    """All locations of the event, by time and location. Raises as `fetch` does."""
    location = query.location or _NOWHERE
    id_hashes = [] if query.location else query.id_hashes
    rows = fetch(client, "explain/event", {"id_hashes": id_hashes, **location.columns("at_")})
    return [_ledger_event(row) for row in rows]


def dead_letters_holding(client: Client, event_id: str) -> list[DeadLetterRow]:
    """Dead letters of which the id is kept in clear as a whole JSON string, at most one more than `MOST_DEAD_LETTERS`.

    Raises as `fetch` does.
    """
    texts = [json.dumps(event_id), json.dumps(event_id, ensure_ascii=False)]
    rows = fetch(client, "explain/dead_letters_holding", {"texts": texts, "limit": MOST_DEAD_LETTERS + 1})
    return [dead_letter_row(row) for row in rows]


def _ledger_event(row: dict[str, Any]) -> LedgerEvent:
    canonical = EventLocation.of(row, "kept_")
    values = {name: row[name] for name in LedgerEvent.model_fields if name in row}
    correction = {"kept": str(canonical)} if canonical.log else _NOT_CORRECTED
    return LedgerEvent.model_validate({**values, "place": str(EventLocation.of(row)), **correction})
