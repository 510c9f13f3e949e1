"""The parameters of the key functions are the dimensions of their rollups, in order."""

import inspect
from collections.abc import Callable

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
        (llm_usage_key, LLM_USAGE_ROLLUP),
    ],
)
def test_a_key_has_the_dimensions_of_its_rollup_in_order(key: Callable[..., Key], rollup: Rollup) -> None:
    dimensions = [column.name for column in rollup.table.dimensions]
    assert parameters(key) == dimensions
    caller = {"caller": tuple(Caller._fields)} if "caller" in inspect.signature(key).parameters else {}
    values = {name: name for name in inspect.signature(key).parameters if name != "caller"}
    assert list(key(**caller, **values)) == dimensions


def test_an_hour_begins_at_a_whole_multiple_of_3600_seconds() -> None:
    assert [hour_of(ms) for ms in (0, 3_599_999, 3_600_000, 1_770_112_861_007)] == [0, 0, 3_600, 1_770_112_800]
