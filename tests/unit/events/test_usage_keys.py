"""Keys have the dimensions of their rollups, in order."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from gatemeter.events.usage_keys import (
    Caller,
    Key,
    agentic_usage_key,
    api_usage_key,
    hour_of,
    llm_usage_key,
    stream_sessions_key,
)
from gatemeter.llm.call import EmbeddingsEvidence, LlmCall, Outcome, TokensEvidence
from gatemeter.schema.rollups import (
    AGENTIC_USAGE_ROLLUP,
    API_USAGE_ROLLUP,
    LLM_USAGE_ROLLUP,
    STREAM_SESSIONS_ROLLUP,
    Rollup,
)
from gatemeter.schema.table import CALLER


def parameters(key: Callable[..., Key]) -> list[str]:
    """The parameters of `key`, with the fields of the caller in place of `caller`."""
    names = [name for name in inspect.signature(key).parameters if name != "caller"]
    return [*Caller._fields, *names] if "caller" in inspect.signature(key).parameters else names


def test_a_caller_has_the_columns_of_the_schema_in_order() -> None:
    assert Caller._fields == tuple(column.name for column in CALLER)


@pytest.mark.parametrize(
    ("key", "rollup"),
    [
        (api_usage_key, API_USAGE_ROLLUP),
        (stream_sessions_key, STREAM_SESSIONS_ROLLUP),
        (agentic_usage_key, AGENTIC_USAGE_ROLLUP),
    ],
)
def test_a_key_has_the_dimensions_of_its_rollup_in_order(key: Callable[..., Key], rollup: Rollup) -> None:
    dimensions = [column.name for column in rollup.table.dimensions]
    assert parameters(key) == dimensions
    caller = {"caller": tuple(Caller._fields)} if "caller" in inspect.signature(key).parameters else {}
    values = {name: name for name in inspect.signature(key).parameters if name != "caller"}
    assert list(key(**caller, **values)) == dimensions


def test_a_key_of_a_call_has_the_dimensions_in_order() -> None:
    """Texts are their own names, and the others what stands here."""
    others: dict[str, Any] = {
        "outcome": Outcome.BLOCKED,
        "tokens_evidence": TokensEvidence.PROVIDER,
        "embeddings_evidence": EmbeddingsEvidence.REPORTED,
        "context_above_tokens": 8_000,
        "client_status": 400,
        "provider_status": None,
    }
    dimensions = [column.name for column in LLM_USAGE_ROLLUP.table.dimensions][len(CALLER) :]
    texts: dict[str, Any] = {name: name for name in dimensions if name not in others and name != "token_classes"}
    units = {"plain_output_tokens": 1, "fresh_input_tokens": 2, "pages": 0}
    key = dict(zip(dimensions, llm_usage_key((), LlmCall(**texts, **others, units=units)), strict=True))
    assert key.pop("token_classes") == "fresh_input_tokens,plain_output_tokens"
    assert key == {**texts, **others, "provider_status": -1}


def test_an_hour_begins_at_a_whole_multiple_of_3600_seconds() -> None:
    assert [hour_of(ms) for ms in (0, 3_599_999, 3_600_000, 1_770_112_861_007)] == [0, 0, 3_600, 1_770_112_800]
