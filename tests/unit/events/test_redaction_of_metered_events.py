"""An event counts the same before and after redaction, so a dead letter can be counted later."""

import json
from pathlib import Path
from typing import Any

import pytest

from gatemeter.events.batch import EventBatch, IdentifiedEvents
from gatemeter.events.redaction import has_lost_an_answer, redact
from tests.support.kong_events import STARTED_AT_MS
from tests.support.logs import DECODERS

FIXTURES = Path(__file__).parents[2] / "fixtures"
AI_BLOCKS = sorted((FIXTURES / "kong" / "ai").glob("*.json"))
CLOUD_EVENTS = sorted((FIXTURES / "cloudevents").glob("*.json"))

KONG_EVENT: dict[str, Any] = {
    "request": {
        "id": "0f3c9d2be1a84c55b0a7d6f1e2c39481",
        "method": "POST",
        "size": 312,
        "uri": "/chat?apikey=k-123&page=2",
        "url": "https://joe:k-123@api.test/chat",
        "querystring": {"apikey": "k-123", "access_token": "k-123"},
        "headers": {"authorization": ["Bearer k-123456"], "cookie": "s=k-123", "x-forwarded-for": "203.0.113.9"},
    },
    "response": {"status": 200, "size": 1840, "headers": {"set-cookie": "s=k-123", "x-real-ip": "203.0.113.9"}},
    "latencies": {"request": 946.5, "proxy": 941, "kong": 3, "receive": 1, "client": 4, "third_party": 0},
    "client_ip": "203.0.113.9",
    "started_at": STARTED_AT_MS,
    "authenticated_entity": {"id": "cred-1", "consumer_id": "con-1"},
    "consumer": {"id": "client:7", "username": "Basic customers", "custom_id": "token: 42", "tags": ["key"]},
    "service": {"id": "svc-1", "name": "authorization: v2", "host": "orders.internal"},
    "route": {"id": "route-1", "name": "sig: http://login@route"},
    "workspace": "secret: ws",
    "source": "upstream",
    "ai": {
        "ai-proxy": {
            "meta": {
                "plugin_id": "client:plugin",
                "provider_name": "openai",
                "request_model": "basic fast-model",
                "response_model": "key:fast-model-2026",
                "llm_latency": 912,
            },
            "usage": {
                "prompt_token": 120,
                "completion_token": 48,
                "total_tokens": 168,
                "token": 5,
                "prompt_tokens_details": {"cached_tokens": 64},
                "completion_tokens_details": {"reasoning_tokens": 20},
                "time_per_token": 19,
                "time_to_first_token": 305,
                "cost": 0.00468,
            },
            "cache": {"cache_status": "Miss", "embeddings_provider": "mistral", "embeddings_tokens": 9, "key": "k-123"},
            "payload": {
                "request": json.dumps({"messages": [{"content": 'Authorization: Bearer k-123456 "it\'s"'}]}),
                "response": json.dumps(
                    {
                        "logprobs": [{"token": 'say "k-123"', "logprob": -1}],
                        "usage": {"prompt_tokens": 120, "completion_tokens": 48, "total_tokens": 168},
                        "service_tier": "priority",
                    }
                ),
            },
        },
        "mcp": {
            "mcp_session_id": "token:abc",
            "rpc": [{"id": "7", "method": "tools/call", "tool_name": "token:issue", "latency": 38, "error": "no"}],
        },
        "a2a": {"rpc": [{"method": "SendMessage", "task_state": "TASK_STATE_FAILED", "latency": 4}]},
    },
}


def text_of(event: dict[str, Any]) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()


def usage_in(text: bytes) -> list[Any]:
    """All that is counted for the events in `text`."""
    batch: EventBatch = DECODERS.decode("kong-log", [text])
    assert (batch.event_count, batch.rejections) == (1, [])
    return [_usage(batch.requests), _usage(batch.others), batch.ignored_fields]


def _usage(events: IdentifiedEvents) -> tuple[list[str], dict[str, Any]]:
    return events.event_ids, {name: rows.columns for name, rows in events.usage.items()}


def without_answer(event: dict[str, Any]) -> dict[str, Any]:
    """The event as it is when a gateway logs numbers and no payloads."""
    copy: dict[str, Any] = json.loads(json.dumps(event))
    del copy["ai"]["ai-proxy"]["payload"]["response"]
    return copy


def test_no_secret_and_no_body_is_left_of_a_full_event() -> None:
    redacted = redact(text_of(KONG_EVENT))
    assert [secret for secret in (b"k-123", b"203.0.113.9", b"messages", b"logprobs") if secret in redacted] == []
    assert has_lost_an_answer(redacted)


def test_a_full_event_counts_the_same_without_its_secrets() -> None:
    text = text_of(without_answer(KONG_EVENT))
    assert not has_lost_an_answer(redact(text))
    assert usage_in(redact(text)) == usage_in(text)
    api_usage, llm_usage, agentic_usage = usage_in(text)[0][1].values()
    assert (len(api_usage[0]), len(llm_usage[0]), len(agentic_usage[0])) == (1, 1, 2)


@pytest.mark.parametrize("path", AI_BLOCKS, ids=lambda path: path.stem)
def test_every_shape_of_ai_usage_counts_the_same(path: Path) -> None:
    text = text_of({**KONG_EVENT, "ai": None}).replace(b'"ai":null', b'"ai":' + path.read_bytes())
    redacted = redact(text)
    assert has_lost_an_answer(redacted) == (b'"response": "' in path.read_bytes())
    assert has_lost_an_answer(redacted) or usage_in(redacted) == usage_in(text)


@pytest.mark.parametrize("path", CLOUD_EVENTS, ids=lambda path: path.stem)
def test_every_metering_event_counts_the_same(path: Path) -> None:
    text = text_of(json.loads(path.read_text())["event"])
    assert usage_in(redact(text)) == usage_in(text)
