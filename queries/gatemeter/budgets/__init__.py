"""Budgets: how much may be used in a time, what is left, and each crossing of a threshold, announced once."""
