"""What the headers of an answer tell about Kong."""

import json
from typing import Any

import msgspec
import pytest

from gatemeter.events.access_event import TimeRange
from gatemeter.formats.explain import explain_decoding
from gatemeter.formats.kong.gateway import UNKNOWN_GATEWAY, Gateway, read_gateway
from gatemeter.llm.call import TokensEvidence
from tests.support.kong_events import STARTED_AT_MS


@pytest.mark.parametrize(
    ("headers", "gateway"),
    [
        ({"via": "1.1 kong/3.15.0.4-enterprise-edition"}, Gateway((3, 15, 0, 4))),
        ({"via": "1.1 cache, 1.1 kong/3.9.0"}, Gateway((3, 9, 0, 0))),
        ({"via": ["1.1 cache", "kong/3.4.3.12-enterprise-edition"]}, Gateway((3, 4, 3, 12))),
        ({"via": "1.1 kong/3.9.0, 1.1 kong/3.15.0.4"}, Gateway((3, 15, 0, 4))),
        ({"via": "1.1 kong/3.15.0.4", "server": "kong/3.9.0"}, Gateway((3, 15, 0, 4))),
        ({"server": "kong/3.8"}, Gateway((3, 8, 0, 0))),
        ({"server": "nginx/1.25.3", "via": "1.1 google"}, UNKNOWN_GATEWAY),
        ({"via": "kong/3.15.0.4.5"}, UNKNOWN_GATEWAY),
        ({"content-type": "text/event-stream; charset=utf-8"}, Gateway((), is_stream=True)),
        ({"content-type": "application/vnd.amazon.eventstream"}, Gateway((), is_stream=True)),
        ({"content-type": "application/json"}, Gateway((), is_stream=False)),
        ({"content-type": ""}, UNKNOWN_GATEWAY),
        ({"via": 5}, UNKNOWN_GATEWAY),
        ([], UNKNOWN_GATEWAY),
    ],
)
def test_version_and_stream_are_read_from_the_headers(headers: Any, gateway: Gateway) -> None:
    assert read_gateway(msgspec.Raw(json.dumps(headers).encode())) == gateway


def test_without_headers_nothing_is_known() -> None:
    assert read_gateway(msgspec.Raw()) == UNKNOWN_GATEWAY


@pytest.mark.parametrize(
    ("headers", "mode", "evidence"),
    [
        ({}, {}, TokensEvidence.ESTIMATED),
        ({"content-type": "application/json"}, {}, TokensEvidence.REPORTED),
        ({"content-type": "text/event-stream"}, {}, TokensEvidence.ESTIMATED),
        ({}, {"request_mode": "oneshot"}, TokensEvidence.REPORTED),
        ({}, {"request_mode": "stream"}, TokensEvidence.ESTIMATED),
    ],
)
def test_counts_that_may_be_of_a_stream_are_an_estimate(headers: Any, mode: Any, evidence: TokensEvidence) -> None:
    """OpenAI's streams tell no counts by themselves, and Kong estimates them."""
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    document = {
        "started_at": STARTED_AT_MS,
        "request": {"id": "r"},
        "response": {"status": 200, "headers": headers},
        "ai": {"proxy": {"usage": usage, "meta": {"provider_name": "openai", "request_model": "gpt-4o", **mode}}},
    }
    (explained,) = explain_decoding(json.dumps(document).encode(), TimeRange())
    assert explained.event is not None
    assert [call.tokens_evidence for call in explained.event.llm_calls] == [evidence]


@pytest.mark.parametrize("status", [200, "200"])  # a status as text goes to the lenient reading
@pytest.mark.parametrize(
    ("via", "evidence"), [("1.1 kong/3.15.0.4", TokensEvidence.REPORTED), ("1.1 kong/3.11.0", TokensEvidence.AMBIGUOUS)]
)
def test_the_version_decides_how_an_event_is_counted(status: object, via: str, evidence: TokensEvidence) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    document = {
        "started_at": STARTED_AT_MS,
        "request": {"id": "r"},
        "response": {"status": status, "headers": {"via": via, "set-cookie": ["a", "b"]}},
        "ai": {"proxy": {"usage": usage, "meta": {"provider_name": "anthropic", "request_model": "claude-sonnet-4-6"}}},
    }
    (explained,) = explain_decoding(json.dumps(document).encode(), TimeRange())
    assert explained.event is not None
    assert [call.tokens_evidence for call in explained.event.llm_calls] == [evidence]
