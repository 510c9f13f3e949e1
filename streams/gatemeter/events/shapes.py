"""Values that are harmless in clear wherever they stand: numbers, times, words of fixed lists.

No shape admits a text of somebody's choice. Such a text may be a key, whatever it looks like.
"""

import re
from decimal import Decimal
from typing import Any

from gatemeter.events.masking import Shape

_DIGITS = 14
"""Before and behind the point together. Dates in ms have 13; numbers of cards have more."""


def text_shape(pattern: str) -> Shape:
    """Texts that match `pattern` as a whole, and null."""
    matches = re.compile(pattern, re.ASCII).fullmatch
    return Shape(lambda value: value is None or (isinstance(value, str) and matches(value) is not None))


def word_of(*words: str) -> Shape:
    """One of `words`, in capitals or not, and null."""
    known = frozenset(words)
    longest = max(map(len, known))
    return Shape(
        lambda value: (
            value is None
            or (isinstance(value, str) and len(value) <= longest and value.isascii() and value.lower() in known)
        )
    )


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return _NUMBER(value) is not None
    if isinstance(value, Decimal):
        return value.is_finite() and _NUMBER(str(value)) is not None
    return value is None or isinstance(value, bool) or (type(value) is int and abs(value) < 10**_DIGITS)


_NUMBER = re.compile(rf"[+-]?(?=(?:[0-9]\.?){{1,{_DIGITS}}}\Z)[0-9]+(?:\.[0-9]*)?", re.ASCII).fullmatch


def _is_status(value: Any) -> bool:
    return value is None or (isinstance(value, str | int | Decimal) and _STATUS(str(value)) is not None)


_STATUS = re.compile(r"-?[0-9]{1,3}", re.ASCII).fullmatch

number = Shape(_is_number)
"""Numbers and texts of numbers of up to 14 digits, those behind the point included; true, false and null too."""

status = Shape(_is_status)
"""Codes of up to three digits, as numbers or texts, and null."""

moment = text_shape(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
    r" ?(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
"""Dates and times of ISO 8601."""

given_id = text_shape(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").or_hash()
"""UUIDs that a gateway gives to its own entities, in clear; other ids as hashes."""

never = Shape(lambda value: value is None)
"""A member whose name is known and whose value is masked whatever it is."""

hashed = never.or_hash()
"""A text that clients or operators choose, such as a name: it may be a key. Only its hash is kept."""

http_method = word_of(
    *("get", "head", "post", "put", "delete", "connect", "options", "trace", "patch", "query", "purge", "propfind")
)
cache_status = word_of("hit", "miss", "bypass", "refresh")
provider = word_of(
    *("anthropic", "azure", "bedrock", "cerebras", "cohere", "dashscope", "databricks", "deepseek", "gemini"),
    *("google", "huggingface", "kimi", "llama2", "mistral", "ollama", "openai", "unspecified", "vercel", "vertex"),
    *("vllm", "xai"),
).or_hash()
"""Names of providers of models that are in common use, in clear."""
