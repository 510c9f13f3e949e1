"""From a number to its events, and from an event to its numbers."""
