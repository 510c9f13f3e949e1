"""Events of token types are parts of one call: each in its unit, none a call of its own, nothing priced twice."""

import pytest

from gatemeter.llm.call import LlmCall, TokensEvidence
from gatemeter.pricing.cost import CostEvidence, price_usage
from gatemeter.pricing.priced_usage import usage_of_call
from tests.support.cloud_events import call_of
from tests.support.price_books import table, yoctos

PRICES = table(
    "entries = [{provider = 'openai', model = 'm', prices = {input = 2, output = 8, cache_read = 1, cache_write = 3}}]"
)
_HOUR_S = 1_770_112_800


def typed(name: str, tokens: int = 1_000_000) -> LlmCall:
    return call_of(type=name, tokens=str(tokens))


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("input", "fresh_input_tokens"),
        ("output", "plain_output_tokens"),
        ("cache_read", "cached_tokens"),
        ("Cache-Read", "cached_tokens"),
        ("input_cache_read", "cached_tokens"),
        ("cache_write", "cache_write_tokens"),
        ("reasoning", "reasoning_tokens"),
    ],
)
def test_tokens_of_a_type_are_in_its_unit(name: str, unit: str) -> None:
    assert typed(name, 40).units == {unit: 40}


def test_only_the_event_of_the_input_counts_the_call() -> None:
    names = ("input", "output", "cache_read", "cache_write", "reasoning", "total", "smell")
    assert {name: typed(name).calls for name in names if typed(name).calls} == {"input": 1}


@pytest.mark.parametrize(
    ("name", "amount", "evidence"),
    [
        ("input", "2", CostEvidence.ESTIMATED),
        ("output", "8", CostEvidence.COMPUTED),
        ("cache_read", "1", CostEvidence.ESTIMATED),
        ("cache_write", "3", CostEvidence.ESTIMATED),
        ("reasoning", "8", CostEvidence.ESTIMATED),
        ("total", "0", CostEvidence.UNPRICED),
        ("smell", "0", CostEvidence.UNPRICED),
    ],
)
def test_a_part_is_an_estimate_and_what_no_unit_counts_is_unpriced(
    name: str, amount: str, evidence: CostEvidence
) -> None:
    """Nothing says whether the input holds the cached tokens, or the output the reasoning."""
    cost = price_usage(usage_of_call(typed(name), _HOUR_S, ()), PRICES)
    assert (cost.cost_computed_yoctos, cost.evidence) == (yoctos(amount), evidence)


def test_unknown_types_are_kept_by_name_and_number() -> None:
    call = typed("smell", 7)
    assert (call.unknown_units, call.total_tokens, call.units) == ("smell", 7, {})


def test_a_total_is_not_added_to_its_parts() -> None:
    call = typed("total", 1090)
    assert (call.unknown_units, call.total_tokens, call.units, call.calls) == ("total", None, {}, 0)


def test_parts_of_the_gateway_s_own_events_complete_a_call_too() -> None:
    call = call_of("kong.llm_request", type="cache_read", tokens=900, http_status=200)
    assert (call.calls, call.request_model, call.units) == (0, "m", {"cached_tokens": 900})


def test_a_type_besides_named_counts_is_no_part() -> None:
    call = call_of(type="chat", prompt_tokens=10, completion_tokens=5)
    assert (call.calls, call.tokens_evidence) == (1, TokensEvidence.REPORTED)


def test_counts_beside_prompt_and_completion_make_them_ambiguous() -> None:
    call = call_of(prompt_tokens=1000, completion_tokens=5, cached_tokens=900)
    assert (call.calls, call.tokens_evidence) == (1, TokensEvidence.AMBIGUOUS)


@pytest.mark.parametrize(
    ("name", "evidence"), [("input", TokensEvidence.MISSING), ("output", TokensEvidence.AMBIGUOUS)]
)
def test_a_count_of_0_is_never_a_certain_cost_of_0(name: str, evidence: TokensEvidence) -> None:
    assert typed(name, 0).tokens_evidence is evidence
