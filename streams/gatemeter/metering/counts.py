"""Event accounting: every event consumed is accounted for, to the event. The documents call this the conservation law.

consumed = counted + duplicates + dead_letters + other_kind
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from typing import Any, Self


@dataclass(slots=True)
class EventCounts:
    """Numbers of events by what became of them.

    `counted` are API requests. `other_kind` are events that are metered apart from them (stream sessions, metering
    events of model calls) or not at all. `ignored_fields` counts unusable fields, not events.
    """

    consumed: int = 0
    counted: int = 0
    duplicates: int = 0
    dead_letters: int = 0
    other_kind: int = 0
    ignored_fields: int = 0

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The counts in a row that has all `COUNT_COLUMNS`."""
        return cls(*(row[column] for column in COUNT_COLUMNS))

    def columns(self) -> dict[str, int]:
        """The counts by `COUNT_COLUMNS`."""
        return dict(zip(COUNT_COLUMNS, astuple(self), strict=True))

    def add(self, other: "EventCounts") -> None:
        """Add each count of `other` to the same count of this one."""
        self.consumed += other.consumed
        self.counted += other.counted
        self.duplicates += other.duplicates
        self.dead_letters += other.dead_letters
        self.other_kind += other.other_kind
        self.ignored_fields += other.ignored_fields

    def minus(self, before: "EventCounts") -> "EventCounts":
        """What was added since this was equal to `before`."""
        return EventCounts(*(now - then for now, then in zip(astuple(self), astuple(before), strict=True)))

    @property
    def holds(self) -> bool:
        """Whether the law holds."""
        return self.consumed == self.counted + self.duplicates + self.dead_letters + self.other_kind


_COLUMN_OF_FIELD = {"ignored_fields": "fields_left_out"}

COUNT_COLUMNS = tuple(_COLUMN_OF_FIELD.get(field.name, field.name) for field in fields(EventCounts))
"""What the counts are called in the epoch ledger and in JSON, in the order of the fields of `EventCounts`."""
