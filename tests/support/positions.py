"""Where messages stand in tests to which it does not matter."""

from gatemeter.events.identity import MessagePositions
from gatemeter.wire.event_location import EventLocation

ANYWHERE = MessagePositions("log", 0, range(1_000_000))
SOMEWHERE = EventLocation("log", 0, 0, 1, 0)
