"""The embedding of a call that the cache made, that `rag-inject` made, or both."""

from typing import Any

import pytest

from gatemeter.formats.kong.embeddings import read_embeddings
from gatemeter.lenient.fields import Fields

BY_SMALL = {"embeddings_provider": "openai", "embeddings_model": "small", "embeddings_latency": 7}
BY_LARGE = {**BY_SMALL, "embeddings_model": "large"}


def embedded(cache: dict[str, Any], rag: dict[str, Any]) -> tuple[str, int | None, str]:
    """Model, tokens and evidence, with 50 prompt tokens."""
    found = read_embeddings(Fields(cache, "cache", []), Fields(rag, "rag-inject", []), 50)
    return found.model, found.tokens, found.evidence.value


@pytest.mark.parametrize(
    ("cache", "rag", "expected"),
    [
        ({**BY_SMALL, "embeddings_tokens": 3}, {**BY_SMALL, "embeddings_tokens": 4}, ("small", 7, "reported")),
        (BY_SMALL, {**BY_SMALL, "embeddings_tokens": 4}, ("small", 54, "estimated")),
        (BY_SMALL, {**BY_LARGE, "embeddings_tokens": 4}, ("large", 4, "reported")),
        ({**BY_SMALL, "embeddings_tokens": 3}, {**BY_LARGE, "embeddings_tokens": 4}, ("small", 3, "reported")),
        (BY_SMALL, BY_LARGE, ("small", 50, "estimated")),
        ({**BY_SMALL, "embeddings_tokens": 3.5}, {}, ("small", 4, "estimated")),
        ({}, {}, ("", None, "")),
    ],
)
def test_two_embeddings_of_a_call_are_added_or_one_is_kept(
    cache: dict[str, Any], rag: dict[str, Any], expected: tuple[str, int | None, str]
) -> None:
    assert embedded(cache, rag) == expected
