"""An event that was counted although a copy of it was, too far apart for the duplicate filter to see both."""

from dataclasses import dataclass

from gatemeter.wire.event_location import EventLocation


@dataclass(frozen=True, slots=True)
class CrossEpochDuplicate:
    """An event at `location` that is counted once too often, as the event ledger knows it.

    `canonical` is where its canonical copy is, the copy that stays counted: it has the smallest time and location of
    all copies. `topic` and `canonical_topic` name the logs of the two. `outcome` is `counted` (an API request) or
    `other_kind`, `time_ms` the event's own time in Unix ms, `consumer_id` '' for nobody. `id_hash` is the 64-bit hash
    of the identity that both have.
    """

    location: EventLocation
    canonical: EventLocation
    topic: str
    canonical_topic: str
    time_ms: int
    consumer_id: str
    outcome: str
    id_hash: int
    epoch_first_offset: int
