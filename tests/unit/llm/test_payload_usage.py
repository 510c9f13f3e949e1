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
    (counts,) = usage_in(response).answers
    assert (counts.prompt, counts.completion) == (prompt, completion)


def test_of_a_stream_the_last_counts_hold_together() -> None:
    """Anthropic sends the input and the first output token at the start, the output at the end."""
    start = {"type": "message_start", "message": {"usage": {"input_tokens": 25, "cache_read_input_tokens": 6}}}
    start["message"]["usage"]["output_tokens"] = 1  # type: ignore[index]
    found = usage_in(sse(start, {"type": "message_delta", "usage": {"output_tokens": 15}}))
    (counts,) = found.answers
    assert (counts.prompt, counts.completion, counts.cached) == (25, 15, 6)
    assert found.is_whole


def test_a_stream_that_was_cut_off_is_not_whole() -> None:
    """The output tokens of `message_start` are provisional."""
    usage = {"input_tokens": 25, "output_tokens": 1}
    start = sse({"type": "message_start", "message": {"usage": usage}}).removesuffix("data: [DONE]\n\n")
    found = usage_in(start + 'data: {"type": "message_delta", "usage": {"output_tok')
    assert (found.answers[0].prompt, found.answers[0].completion, found.is_whole) == (25, None, False)
    chunk = {"usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4}}
    assert usage_in(json.dumps(chunk)).is_whole
    assert not usage_in(json.dumps(chunk) + '\n{"usageMetadata": {"promptTok').is_whole


def test_running_totals_are_maxima_and_never_sums() -> None:
    chunks = [
        {"usageMetadata": {"promptTokenCount": 100, "thoughtsTokenCount": thoughts, "candidatesTokenCount": answer}}
        for thoughts, answer in ((15, 10), (15, 20), (15, 30))
    ]
    (counts,) = usage_in(json.dumps(chunks)).answers
    assert (counts.prompt, counts.completion, counts.reasoning) == (100, 30, 15)


def test_answers_of_a_realtime_session_count_each() -> None:
    done = {"type": "response.done", "response": {"id": "r", "usage": {"input_tokens": 10, "output_tokens": 2}}}
    found = usage_in(sse(done, done))
    assert [(counts.prompt, counts.completion) for counts in found.answers] == [(10, 2), (10, 2)]


def test_the_lines_of_a_batch_count_each_at_the_batch_tier() -> None:
    lines = "\n".join(
        json.dumps({"custom_id": str(number), "response": {"body": {"usage": {"prompt_tokens": number}}}})
        for number in (3, 4)
    )
    found = usage_in(lines)
    assert ([counts.prompt for counts in found.answers], found.modifiers) == ([3, 4], {"service_tier": "batch"})
    batch = {"object": "batch", "usage": {"input_tokens": 1, "output_tokens": 2}}
    assert usage_in(batch).modifiers == {"service_tier": "batch"}


@pytest.mark.parametrize(
    ("response", "others"),
    [
        (
            {
                "usage": {"input_tokens": 1, "output_tokens": 1},
                "output": [
                    {"type": "web_search_call", "action": {"type": "search"}},
                    {"type": "web_search_call", "action": {"type": "open_page"}},
                    {"type": "web_search_call"},
                    {"type": "file_search_call"},
                    {"type": "message"},
                ],
            },
            {"web_searches": 1, "file_searches": 1},
        ),
        (
            {
                "usageMetadata": {"promptTokenCount": 1, "totalTokenCount": 1},
                "candidates": [{"groundingMetadata": {"webSearchQueries": ["a", "b"]}}],
            },
            {"grounding_queries": 2},
        ),
        ({"usage_info": {"pages_processed": 3, "doc_size_bytes": 99}}, {"pages": 3}),
        ({"usage": {"prompt_audio_seconds": 3, "prompt_tokens": 1}}, {"audio_input_ms": 3000}),
        ({"meta": {"billed_units": {"search_units": 2}, "api_version": {"version": "2"}}}, {"rerank_searches": 2}),
    ],
)
def test_what_is_billed_besides_tokens(response: dict[str, Any], others: dict[str, int]) -> None:
    assert usage_in(json.dumps(response)).answers[0].others == others


@pytest.mark.parametrize(
    ("grounding", "others", "unknown"),
    [
        ({"groundingChunks": [{"maps": {"placeId": "p"}}, {"maps": {}}]}, {}, ("maps",)),
        ({"googleMapsWidgetContextToken": "t"}, {}, ("maps",)),
        ({"groundingChunks": [{"retrievedContext": {"uri": "gs://b"}}]}, {}, ("retrievedContext",)),
        ({"groundingChunks": [{"web": {}}, {"web": {}}]}, {"grounding_queries": 1}, ()),
        ({"groundingChunks": [{"web": {}}], "webSearchQueries": ["a", "b"]}, {"grounding_queries": 2}, ()),
        ({"groundingChunks": {"maps": {}}, "webSearchQueries": "a"}, {}, ()),
    ],
)
def test_each_kind_of_grounding_is_told(
    grounding: dict[str, Any], others: dict[str, int], unknown: tuple[str, ...]
) -> None:
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    (counts,) = usage_in({"usageMetadata": usage, "candidates": [{"groundingMetadata": grounding}]}).answers
    found = tuple(name.removeprefix("groundingMetadata.groundingChunks.") for name in counts.unknown)
    assert (counts.others, found) == (others, unknown)


def test_a_guardrail_of_bedrock_is_named_as_it_costs_too() -> None:
    usage = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
    (counts,) = usage_in({"usage": usage, "trace": {"guardrail": {"inputAssessment": {}}}}).answers
    assert counts.unknown == ("trace.guardrail",)


@pytest.mark.parametrize(
    "usage", [{"type": "tokens", "input_tokens": 26, "output_tokens": 17}, {"type": "duration", "seconds": 1.5}]
)
def test_transcriptions_of_a_session_are_another_model_s(usage: dict[str, Any]) -> None:
    """What the model of the session counts stays alone."""
    heard = {"type": "conversation.item.input_audio_transcription.completed", "usage": usage}
    done = {"type": "response.done", "response": {"usage": {"input_tokens": 5, "output_tokens": 4}}}
    (counts,) = usage_in(sse(heard, done, heard)).answers
    assert (counts.prompt, counts.completion) == (5, 4)
    assert counts.unknown == ("input_audio_transcription",)


def test_a_modality_whose_count_is_not_told_is_named() -> None:
    details = [{"modality": "IMAGE"}, {"modality": "TEXT", "tokenCount": 10}]
    usage = {"promptTokenCount": 7, "candidatesTokenCount": 1300, "candidatesTokensDetails": details}
    (counts,) = usage_in({"usageMetadata": usage}).answers
    assert counts.unknown == ("candidatesTokensDetails.IMAGE",)


def test_a_tool_that_is_not_known_is_named() -> None:
    response = {"usage": {"input_tokens": 1, "output_tokens": 1}, "output": [{"type": "image_generation_call"}]}
    assert usage_in(response).answers[0].unknown == ("output.image_generation_call",)


@pytest.mark.parametrize(
    ("response", "tier"),
    [
        ({**CHAT, "service_tier": "flex"}, "flex"),
        ({**CHAT, "service_tier": "default"}, ""),
        ({"usage": {"input_tokens": 1, "service_tier": "Priority"}}, "priority"),
        ({"usage": {"inputTokens": 1}, "serviceTier": {"type": "flex"}}, "flex"),
        ({"response": {"service_tier": "flex", "usage": {"input_tokens": 1}}}, "flex"),
        ({"service_tier": "flex"}, "flex"),
        ({"usageMetadata": {"promptTokenCount": 1, "trafficType": "ON_DEMAND_PRIORITY"}}, "priority"),
        ({"usageMetadata": {"promptTokenCount": 1, "trafficType": "ON_DEMAND"}}, ""),
        (
            {"usageMetadata": {"promptTokenCount": 1, "trafficType": "PROVISIONED_THROUGHPUT"}},
            "provisioned_throughput",
        ),
    ],
)
def test_the_service_tier_of_the_answer(response: dict[str, Any], tier: str) -> None:
    assert usage_in(json.dumps(response)).modifiers["service_tier"] == tier


def test_other_modifiers_of_the_answer() -> None:
    usage = {"input_tokens": 1, "speed": "fast", "inference_geo": "us", "is_byok": True}
    assert usage_in({"usage": usage}).modifiers == {"speed": "fast", "inference_geo": "us", "key": "own"}


@pytest.mark.parametrize(
    ("response", "provider", "is_whole"),
    [
        (CHAT, "openai", True),
        (CHAT, "anthropic", False),  # it has no chat form
        ({"object": "chat.completion", "usage": CHAT["usage"]}, "openai", False),  # what Kong composes for a stream
        (sse({"usage": CHAT["usage"]}), "openai", True),
        ({"usage": {**CHAT["usage"], "prompt_tokens_details": {"cached_tokens": 0}}}, "openai", True),  # type: ignore[dict-item]
        ({"usage": {"input_tokens": 1, "output_tokens": 1}}, "anthropic", True),
        ({"usage": {"input_tokens": 1}}, "anthropic", False),
        ({"usage": {"input_tokens": 0, "output_tokens": 0}}, "anthropic", False),
    ],
)
def test_an_answer_the_gateway_composed_is_not_the_provider_s(response: object, provider: str, is_whole: bool) -> None:
    found = read_payload(response, provider)
    assert found is not None
    assert found.is_whole is is_whole


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
