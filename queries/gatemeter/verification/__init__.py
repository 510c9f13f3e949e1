"""Proves that the stored numbers are what was consumed."""
