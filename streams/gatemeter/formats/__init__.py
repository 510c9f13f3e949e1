"""From the text of a log to access events: a registry of formats, and one folder for each."""
