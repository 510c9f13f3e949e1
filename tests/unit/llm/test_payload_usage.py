"""Usage objects inside logged answers."""

import json
from typing import Any

import pytest

from gatemeter.llm.payload_usage import PayloadUsage, read_payload


def usage_in(response: object) -> PayloadUsage:
    found = read_payload(response)
    assert found is not None
    return found


def sse(*events: Any) -> str:
    return "".join(f"event: x\ndata: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"


CHAT = {"id": "chatcmpl-1", "choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}}


@pytest.mark.parametrize(
    ("response", "prompt", "completion"),
    [
        (json.dumps(CHAT), 7, 5),
        (CHAT, 7, 5),
        (json.dumps({"output": {}, "usage": {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7}}), 3, 4),
        (json.dumps({"usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4}}), 3, 4),
        (json.dumps({"meta": {"billed_units": {"input_tokens": 3, "output_tokens": 4}}}), 3, 4),
        (json.dumps({"token_count": {"prompt_tokens": 3, "response_tokens": 4}}), 3, 4),
        (json.dumps([{"usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": n}} for n in (1, 4)]), 3, 4),
        (sse({"choices": [], "usage": None}, CHAT), 7, 5),
        (sse({"response": {"usage": {"input_tokens": 3, "output_tokens": 4}}}), 3, 4),
        (sse({"delta": {"usage": {"billed_units": {"input_tokens": 3, "output_tokens": 4}}}}), 3, 4),
        (sse({"response": {"meta": {"billed_units": {"input_tokens": 3, "output_tokens": 4}}}}), 3, 4),
        (sse({"metadata": {"usage": {"inputTokens": 3, "outputTokens": 4}}}), 3, 4),
        (sse({"amazon-bedrock-invocationMetrics": {"inputTokenCount": 3, "outputTokenCount": 4}}), 3, 4),
        ('{"usage": {"prompt_tokens": 1}}\n{"usage": {"prompt_tokens": 3, "completion_tokens": 4}}\n', 3, 4),
    ],
)
def test_where_each_provider_keeps_its_usage(response: object, prompt: int, completion: int) -> None:
    counts = usage_in(response).counts
    assert (counts.prompt, counts.completion) == (prompt, completion)


def test_of_a_stream_the_last_counts_hold_together() -> None:
    """Anthropic sends the input and the first output token at the start, the output at the end."""
    start = {"type": "message_start", "message": {"usage": {"input_tokens": 25, "cache_read_input_tokens": 6}}}
    start["message"]["usage"]["output_tokens"] = 1  # type: ignore[index]
    found = usage_in(sse(start, {"type": "message_delta", "usage": {"output_tokens": 15}}))
    assert (found.counts.prompt, found.counts.completion, found.counts.cached) == (25, 15, 6)
    assert found.is_from_provider


@pytest.mark.parametrize(
    ("response", "tier"),
    [
        ({**CHAT, "service_tier": "flex"}, "flex"),
        ({**CHAT, "service_tier": "default"}, ""),
        ({"usage": {"input_tokens": 1, "service_tier": "Priority"}}, "priority"),
        ({"usage": {"inputTokens": 1}, "serviceTier": {"type": "flex"}}, "flex"),
        ({"response": {"service_tier": "flex", "usage": {"input_tokens": 1}}}, "flex"),
        ({"service_tier": "flex"}, "flex"),
    ],
)
def test_the_service_tier_of_the_answer(response: dict[str, Any], tier: str) -> None:
    assert usage_in(json.dumps(response)).service_tier == tier


@pytest.mark.parametrize(
    ("response", "is_from_provider"),
    [
        (CHAT, True),
        ({"object": "chat.completion", "usage": CHAT["usage"]}, False),  # what Kong composes for a stream
        (sse({"usage": CHAT["usage"]}), True),
        ({"usage": {**CHAT["usage"], "prompt_tokens_details": {"cached_tokens": 0}}}, True),  # type: ignore[dict-item]
        ({"usage": {"input_tokens": 1, "output_tokens": 1}}, True),
    ],
)
def test_an_answer_the_gateway_composed_proves_nothing(response: object, is_from_provider: bool) -> None:
    assert usage_in(response).is_from_provider is is_from_provider


@pytest.mark.parametrize(
    "response",
    [
        *(
            None,
            "",
            "the answer is 42",
            "usage: none",
            '{"usage": ',
            '{"usage": 5}',
            "data: usage {",
            5,
            [],
            {},
            ["usage"],
        ),
        '{"usage": [1]}',
        pytest.param("[" * 100_000 + "usage", id="deep lists"),
        pytest.param("data: {" + '"usage":{' * 50_000, id="deep objects"),
    ],
)
def test_an_answer_without_usage_tells_nothing(response: object) -> None:
    assert read_payload(response) is None
