"""Synthetic calls to language models, tools and agents."""
