"""Finished batches: their tier, and the context of their answers."""

from collections.abc import Sequence
from typing import Any

import pytest

from gatemeter.llm.call import TokensEvidence
from gatemeter.pricing.cost import CostEvidence
from gatemeter.pricing.gap import Gap
from tests.support.litellm_payloads import call_of, cost_of, payload
from tests.support.slim_lines import slim_line

LOGGED = {
    "completion_tokens": 0,
    "prompt_tokens": 0,
    "total_tokens": 51279835,
    "completion_tokens_details": None,
    "prompt_tokens_details": None,
    "input_tokens": 31493594,
    "output_tokens": 19786241,
    "input_tokens_details": {"cached_tokens": 24045184},
    "output_tokens_details": {"reasoning_tokens": 18373824},
}
"""https://github.com/BerriAI/litellm/issues/14884: a batch of gpt-5-2025-08-07."""
CONTEXT = Gap("the size of the context is not known, and prices depend on it")


def batch(usage: dict[str, Any], model: str = "gpt-5-2025-08-07") -> bytes:
    return payload(call_type="aretrieve_batch", model=model, metadata={"usage_object": usage})


def with_answers(usages: Sequence[dict[str, Any] | None]) -> dict[str, Any]:
    """The usage of a batch as LiteLLM 1.110.2 logs it (litellm/batches/batch_utils.py)."""
    told = [usage for usage in usages if usage is not None]
    sums = {name: sum(usage[name] for usage in told) for name in ("prompt_tokens", "completion_tokens", "total_tokens")}
    return {
        **sums,
        "batch_usage_by_model": {"gpt-5.4": sums},
        "batch_usage_by_request": [{"model": "gpt-5.4", "usage": usage} for usage in usages],
        "batch_unknown_usage_requests": len(usages) - len(told),
    }


def answer(prompt: int) -> dict[str, Any]:
    return {"prompt_tokens": prompt, "completion_tokens": 10, "total_tokens": prompt + 10, "prompt_tokens_details": {}}


def test_answers_of_a_batch_are_at_its_tier() -> None:
    call, cost = call_of(batch(LOGGED)), cost_of(batch(LOGGED))
    assert (call.service_tier, call.units["cached_tokens"]) == ("batch", 24045184)
    assert cost.price is not None
    assert cost.price.version.startswith("openai/gpt-5 batch#")
    assert (cost.evidence, cost.gaps) == (CostEvidence.COMPUTED, ())


def test_a_batch_whose_answers_are_not_told_is_not_one_long_answer() -> None:
    call, cost = call_of(batch(LOGGED, "gpt-5.4")), cost_of(batch(LOGGED, "gpt-5.4"))
    assert (call.tokens_evidence, call.context_above_tokens) == (TokensEvidence.CONTEXT_UNKNOWN, 0)
    assert cost.price is not None
    assert cost.price.version.startswith("openai/gpt-5.4 batch#")
    assert (cost.evidence, cost.gaps) == (CostEvidence.ESTIMATED, (CONTEXT,))


def test_a_batch_that_is_short_as_a_whole_has_short_answers() -> None:
    assert call_of(batch(answer(7000))).tokens_evidence is TokensEvidence.REPORTED


@pytest.mark.parametrize(
    ("prompts", "evidence", "context"),
    [
        ((200_000, 210_000, 230_000), TokensEvidence.REPORTED, 200_000),
        ((300_000, 300_000), TokensEvidence.REPORTED, 272_000),
        ((1000, 300_000), TokensEvidence.CONTEXT_UNKNOWN, 272_000),
    ],
)
def test_the_answers_of_a_batch_tell_their_contexts(
    prompts: tuple[int, ...], evidence: TokensEvidence, context: int
) -> None:
    prompts = tuple(each + 1 for each in prompts)
    line = batch(with_answers([answer(each) for each in prompts]), "gpt-5.4")
    call = call_of(line)
    assert (call.tokens_evidence, call.context_above_tokens, call.unknown_units) == (evidence, context, "")
    assert call.prompt_tokens == sum(prompts)
    assert call_of(slim_line("litellm", line)) == call


def test_an_answer_of_a_batch_without_counts_is_named() -> None:
    call = call_of(batch(with_answers([answer(300_000), None]), "gpt-5.4"))
    assert (call.tokens_evidence, call.context_above_tokens) == (TokensEvidence.CONTEXT_UNKNOWN, 0)
    assert call.unknown_units == "batch_unknown_usage_requests"
