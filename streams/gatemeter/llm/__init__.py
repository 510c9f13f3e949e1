"""Calls to language models and the tokens they used."""
