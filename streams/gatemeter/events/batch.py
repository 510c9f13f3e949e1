"""Decoded events: what every decoder produces and metering consumes."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from gatemeter.events.identity import IdentityKind
from gatemeter.events.masking import Masked
from gatemeter.events.rejected_text import EventPosition
from gatemeter.events.rejection import Rejection, Rejections
from gatemeter.events.usage_rows import UsageRows
from gatemeter.schema.rollups import API_USAGE_ROLLUP, Rollup


class EventRef(NamedTuple):
    """A readable event for the event ledger: its position, its own time (Unix ms), and who is counted for it."""

    value_index: int
    line: int
    event_index: int
    time_ms: int
    consumer_id: str


@dataclass(slots=True)
class IdentifiedEvents:
    """Events with an identity for the duplicate filter, and their usage by the rollup's name.

    `event_refs` holds one ref an event, in the order of `event_ids`, or nothing if the decoders keep no refs.
    """

    event_ids: list[str] = field(default_factory=list)
    usage: dict[str, UsageRows] = field(default_factory=dict)
    event_refs: list[EventRef] = field(default_factory=list)

    @property
    def identities(self) -> list[str]:
        """What the duplicate filter compares: never equal to a request's, since a batch keeps no order between both."""
        return [f"other {event_id}" for event_id in self.event_ids]

    def rows(self, rollup: Rollup) -> UsageRows:
        """The rows of `rollup`; an event may have any number of them."""
        found = self.usage.get(rollup.name)
        if found is None:
            found = self.usage[rollup.name] = UsageRows(rollup, [])
        return found

    def extend(self, other: "IdentifiedEvents", *, first_value_index: int) -> None:
        """Append the events of `other`, whose first message has the index `first_value_index` here."""
        first_event_index = len(self.event_ids)
        self.event_ids += other.event_ids
        self.event_refs += [ref._replace(value_index=ref.value_index + first_value_index) for ref in other.event_refs]
        for rows in other.usage.values():
            self.rows(rows.rollup).extend(rows, first_event_index=first_event_index)


class ApiRequests(IdentifiedEvents):
    """API requests: each has exactly one row of API usage, and any number of other rows."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__([], {API_USAGE_ROLLUP.name: UsageRows(API_USAGE_ROLLUP, None)})

    @property
    def identities(self) -> list[str]:
        """What the duplicate filter compares."""
        return self.event_ids

    @property
    def api_usage(self) -> UsageRows:
        """The rows of API usage: row i is of request i."""
        return self.usage[API_USAGE_ROLLUP.name]


@dataclass(slots=True)
class EventBatch:
    """The events of some consecutive messages.

    `requests` are API requests, `others` all other events that can be read (stream sessions, metering events of model
    calls), `rejections` the events that cannot. `ignored_fields` counts fields of events that were read without them,
    because their type cannot be used. `identity_kinds` says how the copies of those that can be read are known.
    """

    requests: ApiRequests = field(default_factory=ApiRequests)
    others: IdentifiedEvents = field(default_factory=IdentifiedEvents)
    ignored_fields: int = 0
    identity_kinds: set[IdentityKind] = field(default_factory=set)
    _rejections: Rejections = field(default_factory=Rejections)

    @property
    def rejections(self) -> list[Rejection]:
        """In the order of their positions. Those of a message are complete once all of it is decoded."""
        return self._rejections.finished()

    def reject(
        self, position: EventPosition, reason: str, detail: str, text: bytes, masked: Masked | None = None
    ) -> None:
        """Add a rejection of the event `text`; messages must be rejected from in order.

        `masked` is what may be kept of it in clear, by default its size. The events of a message beyond
        `REJECTIONS_PER_MESSAGE` share rejections.
        """
        self._rejections.add(position, reason, detail, text, masked)

    def reject_piece(self, position: EventPosition, reason: str, detail: str, text: bytes) -> None:
        """Add a rejection of a piece of a message that was not taken apart; it shares none with other events."""
        self._rejections.add_piece(position, reason, detail, text)

    def extend(self, other: "EventBatch", *, first_value_index: int) -> None:
        """Append `other`, whose first message has the index `first_value_index` among all."""
        self.requests.extend(other.requests, first_value_index=first_value_index)
        self.others.extend(other.others, first_value_index=first_value_index)
        self._rejections.extend(
            replace(rejection, value_index=rejection.value_index + first_value_index) for rejection in other.rejections
        )
        self.ignored_fields += other.ignored_fields
        self.identity_kinds |= other.identity_kinds

    @property
    def event_count(self) -> int:
        """All events of the messages: requests, others and rejected ones."""
        return len(self.requests.event_ids) + len(self.others.event_ids) + len(self.rejections)
