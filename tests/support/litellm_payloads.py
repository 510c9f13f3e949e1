"""StandardLoggingPayloads of LiteLLM, for tests."""

import json
from typing import Any

from gatemeter.events.access_event import AccessEvent, TimeRange
from gatemeter.formats.explain import explain_decoding
from gatemeter.llm.call import LlmCall
from gatemeter.pricing.cost import LlmCost, price_usage
from gatemeter.pricing.priced_usage import usage_of_call
from tests.support.packaged_prices import packaged_table

USAGE = {"prompt_tokens": 1000, "completion_tokens": 300, "total_tokens": 1300}
PAYLOAD: dict[str, Any] = {
    "id": "chatcmpl-1",
    "litellm_call_id": "2303a11b-c754-4f15-9c90-2760d937ab5f",
    "call_type": "acompletion",
    "status": "success",
    "cache_hit": None,
    "stream": False,
    "startTime": 1772000000.123456,
    "endTime": 1772000000.623456,
    "completionStartTime": 1772000000.223456,
    "custom_llm_provider": "openai",
    "model": "gpt-4o",
    "model_group": "chat",
    "response_cost": 1.35e-05,
    "saved_cache_cost": 0.0,
    "end_user": "customer-9",
    "messages": [{"role": "user", "content": "s3cret"}],
    "metadata": {
        "usage_object": USAGE,
        "user_api_key_hash": "88dc28d0",
        "user_api_key_alias": "orders-key",
        "user_api_key_team_id": "t-7",
        "user_api_key_team_alias": "blue",
        "user_api_key_org_id": "o-1",
        "user_api_key_request_route": "/chat/completions",
    },
}


def payload(**members: object) -> bytes:
    return json.dumps({**PAYLOAD, **members}).encode()


def decoded(line: bytes) -> AccessEvent:
    (explanation,) = explain_decoding(line, TimeRange())
    assert explanation.event is not None, explanation
    assert (explanation.log_format, explanation.ignored_fields) == ("litellm", [])
    return explanation.event


def call_of(line: bytes) -> LlmCall:
    (call,) = decoded(line).llm_calls
    return call


def cost_of(line: bytes) -> LlmCost:
    """What the only call costs by the packaged books."""
    event = decoded(line)
    (call,) = event.llm_calls
    return price_usage(usage_of_call(call, event.started_at_ms // 3_600_000 * 3_600, ()), packaged_table())
