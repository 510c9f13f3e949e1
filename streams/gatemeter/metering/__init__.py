"""Counting events: partitions, epochs, rollups and their rows."""
