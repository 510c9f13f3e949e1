"""Counting a stretch of a log again."""
