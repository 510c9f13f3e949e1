"""From a number to its events, and from an event to how it was counted."""
