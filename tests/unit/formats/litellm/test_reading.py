"""Payloads of LiteLLM, field by field. The recorded ones are what LiteLLM 1.110.2 posted (tests/fixtures/litellm)."""

from decimal import Decimal

import pytest

from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind, TimeRange
from gatemeter.events.identity import IdentityKind
from gatemeter.formats.decoders import Decoders
from gatemeter.formats.explain import explain_decoding
from gatemeter.llm.call import Outcome, TokensEvidence
from gatemeter.money import YOCTOS_PER_UNIT
from tests.support.litellm_payloads import USAGE, call_of, decoded, payload
from tests.support.positions import ANYWHERE
from tests.support.repository import ROOT

RECORDED = (ROOT / "tests" / "fixtures" / "litellm" / "generic_api.json").read_bytes()


def usage_of(**usage: object) -> bytes:
    return payload(metadata={"usage_object": {**USAGE, **usage}})


def test_call_is_a_request_and_a_call_to_a_model() -> None:
    event = decoded(payload())
    assert event.llm_calls[0].outcome is Outcome.PROVIDER
    assert event == AccessEvent(
        kind=EventKind.HTTP,
        event_id="2303a11b-c754-4f15-9c90-2760d937ab5f@1772000000.123456..1772000000.623456",
        started_at_ms=1_772_000_000_123,
        identity=IdentityKind.ID,
        consumer=Consumer("88dc28d0", "orders-key", "customer-9"),
        service=Entity(name="chat"),
        route=Entity(name="/chat/completions"),
        team="t-7",
        organisation="o-1",
        status=200,
        latency_request_ms=500.0,
        llm_calls=event.llm_calls,
    )


def test_tokens_are_disjoint_and_input_holds_the_cache() -> None:
    details = {"cached_tokens": 600, "cache_creation_tokens": 100}
    cached = {"cache_read_input_tokens": 600, "cache_creation_input_tokens": 100}
    reasoning = {"completion_tokens_details": {"reasoning_tokens": 250}}
    for provider in ("anthropic", "bedrock", "gemini", "openai"):
        metadata = {"usage_object": {**USAGE, "prompt_tokens_details": details, **cached, **reasoning}}
        call = call_of(payload(custom_llm_provider=provider, metadata=metadata))
        assert call.units == {
            "fresh_input_tokens": 300,
            "cached_tokens": 600,
            "cache_write_tokens": 100,
            "plain_output_tokens": 50,
            "reasoning_tokens": 250,
        }
        assert (call.tokens_evidence, call.counting_rule) == (TokensEvidence.REPORTED, "litellm")


def test_usage_of_a_provider_that_is_passed_through_has_its_own_rule() -> None:
    usage = {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 90}
    call = call_of(payload(custom_llm_provider="anthropic", metadata={"usage_object": usage}))
    assert (call.counting_rule, call.units["fresh_input_tokens"], call.units["cached_tokens"]) == ("anthropic", 10, 90)


def test_payload_without_a_usage_object_counts_by_its_own_members() -> None:
    call = call_of(payload(metadata={"usage_object": None}, **USAGE))
    assert (call.prompt_tokens, call.completion_tokens, call.total_tokens) == (1000, 300, 1300)


def test_reported_cost_is_what_is_logged_to_the_last_digit() -> None:
    line = payload().replace(b"1.35e-05", b"0.00022500000000000002")
    call = call_of(line)
    assert call.cost_reported_yoctos is not None
    assert Decimal(call.cost_reported_yoctos) / YOCTOS_PER_UNIT == Decimal("0.00022500000000000002")
    assert call.cost_reported_currency == "USD"
    unknown = call_of(payload(response_cost=0.0))
    assert (unknown.cost_reported_yoctos, unknown.cost_reported_currency) == (None, "")


def test_answer_out_of_the_cache_is_a_saving() -> None:
    call = call_of(payload(cache_hit=True, response_cost=0.0, saved_cache_cost=0.002))
    assert (call.outcome, call.cache_status) == (Outcome.CACHE_HIT, "hit")
    assert call.cost_reported_yoctos == 2 * YOCTOS_PER_UNIT // 1000
    assert call_of(payload(cache_hit="True")).outcome is Outcome.CACHE_HIT
    assert call_of(payload(cache_hit=False)).cache_status == "miss"


def test_stream_tells_its_first_token() -> None:
    assert call_of(payload(stream=True)).time_to_first_token_ms == 100.0
    assert call_of(payload()).time_to_first_token_ms is None


@pytest.mark.parametrize(
    ("error", "status", "outcome"),
    [
        ({"error_code": "429", "llm_provider": "openai"}, 429, Outcome.FAILED),
        ({"error_code": "400", "llm_provider": "openai"}, 400, Outcome.FAILED),
        ({"error_code": "504", "llm_provider": "openai"}, 504, Outcome.UNKNOWN),
        ({"error_code": "", "llm_provider": ""}, None, Outcome.UNKNOWN),
    ],
)
def test_failure_has_the_status_of_its_error(error: dict[str, str], status: int | None, outcome: Outcome) -> None:
    event = decoded(payload(status="failure", response_cost=0.0, metadata={}, error_information=error))
    assert (event.status, event.llm_calls[0].outcome) == (status, outcome)


def test_repeated_call_id_of_a_client_does_not_hide_a_call() -> None:
    one, other, again = payload(), payload(startTime=1772000000.2, endTime=1772000001.0), payload()
    batch = Decoders(TimeRange()).decode("litellm", [b"[%s,%s,%s]" % (one, other, again)], ANYWHERE)
    assert len(batch.requests.event_ids) == 3
    assert batch.requests.event_ids[0] == batch.requests.event_ids[2] != batch.requests.event_ids[1]


def test_call_of_a_tool_is_not_a_call_to_a_model() -> None:
    metadata = {"mcp_tool_call_metadata": {"name": "search"}}
    event = decoded(payload(call_type="call_mcp_tool", metadata=metadata))
    assert event.llm_calls == []
    assert [(each.method, each.tool, each.failed) for each in event.agent_calls] == [("tools/call", "search", False)]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"litellm_call_id": None, "id": None}, "request_id_missing"),
        ({"startTime": None}, "started_at_missing"),
        ({"startTime": "yesterday"}, "started_at_invalid"),
    ],
)
def test_payload_that_cannot_be_known_is_a_dead_letter(members: dict[str, object], reason: str) -> None:
    (rejection,) = Decoders(TimeRange()).decode("litellm", [payload(**members)], ANYWHERE).rejections
    assert rejection.reason == reason
    assert b"s3cret" not in rejection.raw
    assert b"orders-key" not in rejection.raw


def test_recorded_calls_are_read_without_a_rest() -> None:
    events = [each.event for each in explain_decoding(RECORDED, TimeRange(), "litellm")]
    calls = [event.llm_calls[0] for event in events if event is not None]
    assert [(call.request_model, call.outcome.value, call.unknown_units) for call in calls] == [
        ("gpt-4o", "provider", ""),
        ("gpt-4o", "failed", ""),
        ("claude-sonnet-4-5-20250929", "provider", ""),
        ("gpt-4o", "failed", ""),
        ("gpt-4o", "provider", ""),
        ("gpt-4o", "provider", ""),
        ("gpt-4o", "cache_hit", ""),
    ]
    saved = YOCTOS_PER_UNIT * 225 // 10**6
    assert [call.cost_reported_yoctos for call in calls[-2:]] == [saved + 20_000, saved + 20_000]
    assert calls[2].units == {
        "fresh_input_tokens": 300,
        "cached_tokens": 600,
        "cache_write_tokens": 100,
        "plain_output_tokens": 50,
    }
    assert len({event.event_id for event in events if event is not None}) == len(calls)


@pytest.mark.parametrize(
    "call_type",
    ["adelete_responses", "acancel_responses", "alist_input_items", "afile_content", "avideo_retrieve", "acreate_file"],
)
def test_reading_what_is_stored_is_a_request_and_no_call(call_type: str) -> None:
    usage = {"prompt_tokens": 121, "completion_tokens": 400, "total_tokens": 521}
    event = decoded(payload(call_type=call_type, metadata={"usage_object": usage}))
    assert (event.kind, event.status, event.llm_calls) == (EventKind.HTTP, 200, [])


@pytest.mark.parametrize("call_type", ["aresponses", "agenerate_content", "_arealtime", "acreate_video", "new_one"])
def test_what_makes_an_answer_is_a_call(call_type: str) -> None:
    assert call_of(payload(call_type=call_type)).prompt_tokens == 1000


def test_each_look_at_a_finished_batch_is_the_same_event() -> None:
    # https://github.com/BerriAI/litellm/issues/12084 and pull 39980: 35 tokens are billed at each look.
    def look(call_id: str, at: float, tokens: int) -> AccessEvent:
        counts = {"prompt_tokens": tokens - 5 if tokens else 0, "completion_tokens": 5 if tokens else 0}
        members = {"litellm_call_id": call_id, "startTime": at, "endTime": at + 0.5, "id": "batch_6a9d"}
        usage = {"usage_object": {**counts, "total_tokens": tokens}}
        return decoded(payload(call_type="aretrieve_batch", metadata=usage, **members))

    before, first, again = look("a", 1772000000.5, 0), look("b", 1772000060.5, 35), look("c", 1772000120.5, 35)
    assert (before.llm_calls, before.event_id) == ([], "a@1772000000.5..1772000001.0")
    assert (first.event_id, first.llm_calls[0].total_tokens) == ("batch batch_6a9d", 35)
    assert again.event_id == first.event_id


def test_the_key_that_litellm_refused_is_not_a_consumer() -> None:
    refused = {"status": "failure", "error_information": {"error_code": "401", "llm_provider": ""}}
    assert decoded(payload(**refused)).consumer == Consumer()
    of_provider = {"status": "failure", "error_information": {"error_code": "401", "llm_provider": "openai"}}
    assert decoded(payload(**of_provider)).caller.consumer_id == "88dc28d0"


def test_a_look_at_a_stored_answer_counts_once_and_for_certain_only_of_the_background() -> None:
    # https://github.com/BerriAI/litellm/issues/17814: each look at an answer logs its 521 tokens again; litellm 1.108,
    # internal_call_metadata.py: of one that was made in the background nothing else tells them.
    usage = {"prompt_tokens": 121, "completion_tokens": 400, "total_tokens": 521}

    def look(call_id: str, **members: object) -> AccessEvent:
        given = {"litellm_call_id": call_id, "id": "resp_1", "metadata": {"usage_object": usage}, **members}
        return decoded(payload(call_type="aget_responses", **given))

    background, again = (look(each, response={"id": "resp_1", "background": True}) for each in "ab")
    assert (background.event_id, again.event_id) == ("response resp_1", "response resp_1")
    assert background.llm_calls[0].tokens_evidence is TokensEvidence.REPORTED
    for answer in ({"background": False}, {"text": "redacted-by-litellm"}, "text", None):
        assert look("c", response=answer).llm_calls[0].tokens_evidence is TokensEvidence.AMBIGUOUS
    untold = look("d", metadata={"usage_object": None})
    assert (untold.llm_calls, untold.event_id.partition("@")[0]) == ([], "d")
