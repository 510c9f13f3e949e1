"""Calls to language models: what was used, in which token classes, and who answered."""
