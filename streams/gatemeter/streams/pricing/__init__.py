"""Prices of language models: the dated price book, and exact costs from it."""
