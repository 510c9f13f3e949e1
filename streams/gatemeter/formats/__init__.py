"""From the text of a log to events: a registry, and one folder for each format."""
