"""Where an event stood among the messages that were decoded together."""

from typing import NamedTuple

EventPosition = tuple[int, int, int]
"""Value index, line and event index: the index of the event's message among the decoded ones, its 1-based line there,
and its 0-based place in a line that holds an array of events."""


class EventRef(NamedTuple):
    """A readable event for the event ledger: its position, its own time (Unix ms), and who is counted for it."""

    value_index: int
    line: int
    event_index: int
    time_ms: int
    consumer_id: str
