"""Which event is to be explained: an id, as its log has it, or a location."""

from dataclasses import dataclass

from gatemeter.events.batch import ApiRequests, IdentifiedEvents
from gatemeter.formats.cloudevents.event import identity_of
from gatemeter.metering.deduplication import hashed
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
