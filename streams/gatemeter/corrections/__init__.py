"""Retracting counted events and replaying dead letters."""
