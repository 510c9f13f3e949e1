"""Synthetic traffic: a seeded month of gateway log lines, and the exact truth about what they add up to."""
