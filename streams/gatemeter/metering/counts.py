"""The conservation law: every event consumed is accounted for, to the event."""

from dataclasses import dataclass, fields


@dataclass(slots=True)
class EventCounts:
    """consumed = counted + duplicates + dead_letters + other_kind.

    `counted` are API requests, `other_kind` events that are metered apart from them (stream sessions, metering events
    of model calls) or not at all. `fields_left_out` counts unusable fields, not events.
    """

    consumed: int = 0
    counted: int = 0
    duplicates: int = 0
    dead_letters: int = 0
    other_kind: int = 0
    fields_left_out: int = 0

    def add(self, other: "EventCounts") -> None:
        """Add each count of `other` to this one's."""
        self.consumed += other.consumed
        self.counted += other.counted
        self.duplicates += other.duplicates
        self.dead_letters += other.dead_letters
        self.other_kind += other.other_kind
        self.fields_left_out += other.fields_left_out

    @property
    def holds(self) -> bool:
        """Whether the law holds."""
        return self.consumed == self.counted + self.duplicates + self.dead_letters + self.other_kind


COUNT_NAMES = tuple(field.name for field in fields(EventCounts))
"""The names of the counts, which are those of the ledger's columns."""
