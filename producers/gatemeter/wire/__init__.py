"""The contract between producers and readers of a topic: frames, topics, and the location of an event."""
