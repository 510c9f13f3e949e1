"""Adds stored usage up per day and month, as whole units that nobody reads before they are whole."""
