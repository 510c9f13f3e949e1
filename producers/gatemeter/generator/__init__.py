"""Synthetic gateway traffic, and the exact truth about it."""
