"""Counts of tokens that a mapping names: as every other format takes them."""

from typing import Any

import pytest

from gatemeter.formats.field_mapping.file import parse_mapping
from gatemeter.formats.field_mapping.reader import MappingReader
from gatemeter.llm.call import LlmCall, TokensEvidence

MAPPING = """
name = "models"
identity = { kind = "position" }
time = { path = "t", unit = "ms" }

[fields]
status = "code"

[model_call]
request_model = "model"
prompt_tokens = "in"
completion_tokens = "out"
total_tokens = "all"
cached_tokens = "cached"
"""
TOO_LARGE = 10**12 + 1


def read(**members: object) -> tuple[LlmCall, list[str]]:
    ignored: list[str] = []
    document: dict[str, Any] = {"t": 1772000000123, "code": 200, "model": "m", **members}
    (call,) = MappingReader(parse_mapping(MAPPING, "models.toml")).read(document, b"", ignored).llm_calls
    return call, ignored


@pytest.mark.parametrize("count", [TOO_LARGE, 2**63 - 1, 2**63, -1, "many", True, "1e30"])
def test_a_count_that_no_call_has_is_ignored_and_named(count: object) -> None:
    call, ignored = read(**{"in": count, "out": 1})
    assert (call.prompt_tokens, call.completion_tokens, call.total_tokens) == (None, 1, 1)
    assert (ignored, call.tokens_evidence) == (["in"], TokensEvidence.MISSING)


def test_the_largest_counts_are_read() -> None:
    call, ignored = read(**{"in": 10**12, "out": 10**12})
    assert (call.prompt_tokens, call.completion_tokens, call.total_tokens) == (10**12, 10**12, 2 * 10**12)
    assert ignored == []


@pytest.mark.parametrize(
    ("count", "tokens"), [("12.9", 13), (12.5, 12), (13.5, 14), ("0.4", 0), ("12.0", 12), ("1.2e1", 12)]
)
def test_a_fraction_of_a_token_is_rounded_half_to_even(count: object, tokens: int) -> None:
    call, ignored = read(**{"in": count, "out": 3})
    assert (call.prompt_tokens, call.completion_tokens, ignored) == (tokens, 3, [])


@pytest.mark.parametrize(("count", "is_estimate"), [("12.9", True), ("12.0", False)])
def test_counts_with_a_fraction_are_estimates_of_the_gateway(count: str, *, is_estimate: bool) -> None:
    call, _ = read(**{"in": count, "out": 3, "cached": 2})  # with a count of cached tokens, which no gateway estimates
    assert call.tokens_evidence is (TokensEvidence.ESTIMATED if is_estimate else TokensEvidence.REPORTED)


@pytest.mark.parametrize("name", ["all", "cached"])
def test_counts_beside_one_that_cannot_be_used_are_not_all(name: str) -> None:
    call, ignored = read(**{"in": 12, "out": 3, name: TOO_LARGE})
    assert (call.tokens_evidence, ignored) == (TokensEvidence.INCONSISTENT, [name])


def test_what_cannot_be_used_in_a_usage_object_is_named() -> None:
    mapping, ignored = parse_mapping(f'{MAPPING}usage = "llm.usage"\n', "models.toml"), list[str]()
    usage = {"prompt_tokens": TOO_LARGE, "completion_tokens": 1}
    MappingReader(mapping).read({"t": 1772000000123, "model": "m", "llm": {"usage": usage}}, b"", ignored)
    assert ignored == ["llm.usage.prompt_tokens"]
