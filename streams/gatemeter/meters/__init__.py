"""Custom meters: what users declare to be counted of events besides requests, and how it is read."""
