"""Calls through the real LiteLLM: what its callback posts is read as the recorded payloads are."""

import pytest

from gatemeter.events.access_event import TimeRange
from gatemeter.formats.explain import explain_decoding
from tests.support.litellm_costs.environment import run_in_litellm
from tests.support.repository import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long(reason="LiteLLM and all it needs are installed first, 400 MB"),
    pytest.mark.timeout(900),
]

SCRIPT = ROOT / "tests" / "support" / "litellm_costs" / "post_calls.py"
RECORDED = (ROOT / "tests" / "fixtures" / "litellm" / "generic_api.json").read_bytes()

Read = tuple[object, ...]


def read(body: bytes) -> list[Read]:
    """What does not change from run to run; LiteLLM posts failures when they come and successes later."""
    found = []
    for explanation in explain_decoding(body, TimeRange(), "litellm"):
        event = explanation.event
        assert event is not None, explanation
        (call,) = event.llm_calls
        counts = (call.prompt_tokens, call.completion_tokens, dict(call.units), call.cost_reported_yoctos)
        found.append((call.request_model, call.provider, call.outcome.value, *counts, event.team, event.consumer.id))
    return sorted(found, key=repr)


def test_posted_payloads_read_as_the_recorded_ones() -> None:
    posted, recorded = read(run_in_litellm(SCRIPT).encode()), read(RECORDED)
    assert len(posted) >= 5
    assert [each for each in posted if each not in recorded] == []
