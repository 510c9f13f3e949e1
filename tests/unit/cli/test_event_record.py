"""The record of an event that `gatemeter decode --json` puts out: promised fields, nulls, costs with derivation."""

import json
from pathlib import Path

import pytest

from tests.support.cloud_events import recorded as cloud_event
from tests.support.decode_command import path, record_of, small_price_book, with_ai
from tests.support.kong_events import event_text, recorded, request_line

__all__ = ["path", "small_price_book"]  # fixtures

PROMISED = {
    "kind", "event_id", "reason", "consumer", "service", "route", "workspace", "status", "upstream_status",
    "request_bytes", "response_bytes", "latency_request_ms", "latency_upstream_ms", "latency_gateway_ms", "month",
    "source", "llm", "mcp", "a2a", "meters",
}  # fmt: skip
BESIDE = {
    "line", "detail", "started_at", "subject", "route_id", "method", "left_out", "format", "envelopes", "identity",
    "team", "organisation", "request_bytes_kind", "response_bytes_kind",
}  # fmt: skip
PROMISED_OF_LLM = {
    "plugin", "provider", "request_model", "response_model", "outcome", "prompt_tokens", "completion_tokens",
    "total_tokens", "cached_tokens", "cost_reported", "cost_computed", "llm_latency_ms", "cache_status",
    "embeddings_provider", "embeddings_model",
}  # fmt: skip
BESIDE_IN_LLM = {
    "plugin_id", "reasoning_tokens", "tokens_evidence", "cost_evidence", "cost_savings", "price_version", "derivation",
    "time_per_token_ms", "time_to_first_token_ms", "embeddings_tokens", "embeddings_cost", "units", "unknown_units",
    "service_tier", "modifiers", "counting_rule", "client_status", "provider_status", "cost_reported_currency",
    "cost_currency", "cost_gaps",
}  # fmt: skip
PLAIN = request_line("r-1")


def ce(name: str) -> bytes:
    return json.dumps(cloud_event(name)["event"], default=float).encode()


class TestFields:
    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            ("http", PLAIN),
            ("http", recorded("proxied")),
            ("http", recorded("no_route")),
            ("http", recorded("sizes_as_text")),
            ("http", b'{"response":{},"started_at":1770112861007}'),
            ("http", with_ai("mcp_3_12")),
            ("stream", recorded("stream_session")),
            ("http", ce("kong_api_request")),
            ("llm", ce("kong_llm_prompt_half")),
            ("other", ce("other_kind")),
            ("dead_letter", b"nonsense"),
            ("dead_letter", b"{}"),
        ],
    )
    def test_every_kind_has_the_same_fields(self, path: Path, kind: str, text: bytes) -> None:
        record = record_of(path, text)
        assert record["kind"] == kind
        assert set(record) == PROMISED | BESIDE
        assert [set(record["consumer"]), set(record["service"])] == [{"id", "username", "custom_id"}, {"id", "name"}]
        for call in record["llm"]:
            assert set(call) == PROMISED_OF_LLM | BESIDE_IN_LLM

    def test_calls_have_the_promised_fields(self, path: Path) -> None:
        (call,) = record_of(path, with_ai("proxy_3_12_details"))["llm"]
        assert set(call) == PROMISED_OF_LLM | BESIDE_IN_LLM
        assert [set(each) for each in record_of(path, with_ai("mcp_3_12"))["mcp"]] == [
            {"method", "tool", "latency_ms", "response_bytes", "error", "failed"}
        ] * 3
        assert [set(each) for each in record_of(path, with_ai("a2a_3_14"))["a2a"]] == [
            {"method", "task_state", "latency_ms", "response_bytes", "error", "failed"}
        ] * 4

    def test_a_request_has_all_of_its_fields(self, path: Path) -> None:
        assert record_of(path, recorded("proxied")) == {
            "line": 1,
            "kind": "http",
            "format": "kong-log",
            "event_id": "5b1f0c77a9e24d3c8e6f10d2b4a39c55",
            "envelopes": [],
            "identity": "id",
            "reason": None,
            "detail": None,
            "consumer": {"id": "con-1", "username": "initech", "custom_id": "cust-7"},
            "started_at": "2026-02-03T10:01:01.007Z",
            "subject": "con-1",
            "service": {"id": "sv-1", "name": "billing"},
            "route": "invoices",
            "route_id": "rt-1",
            "workspace": "ws-1",
            "team": None,
            "organisation": None,
            "method": "POST",
            "status": 201,
            "upstream_status": 201,
            "request_bytes": 512,
            "response_bytes": 2048,
            "request_bytes_kind": "wire",
            "response_bytes_kind": "wire",
            "latency_request_ms": 43,
            "latency_upstream_ms": 37.5,
            "latency_gateway_ms": 4,
            "month": "2026-02",
            "source": "upstream",
            "llm": [],
            "mcp": [],
            "a2a": [],
            "meters": [],
            "left_out": [],
        }

    def test_a_session_has_the_fields_of_a_request(self, path: Path) -> None:
        record = record_of(path, recorded("stream_session"))
        assert (record["status"], record["request_bytes"], record["response_bytes"]) == (200, 120, 4096)
        assert [record[f"latency_{name}_ms"] for name in ("request", "upstream", "gateway")] == [1503, None, 0]

    def test_what_was_not_measured_or_given_is_null_and_not_0(self, path: Path) -> None:
        record = record_of(path, recorded("no_route"))
        assert [record[f"latency_{name}_ms"] for name in ("request", "upstream", "gateway")] == [1, None, 0]
        assert (record["upstream_status"], record["route"], record["consumer"]["id"]) == (None, None, None)
        assert record["subject"] == "anonymous"
        bare = record_of(path, b'{"request":{},"response":{},"started_at":1770112861007}')
        names = ("status", "request_bytes", "response_bytes", "latency_request_ms", "latency_upstream_ms", "source")
        assert [bare[name] for name in names] == [None] * 6
        assert (bare["request_bytes_kind"], bare["response_bytes_kind"]) == (None, None)

    @pytest.mark.parametrize(
        ("value", "status"),
        [
            ('"200"', 200),
            ('"502, 200"', 200),
            ('"502, 200 : 200, 503"', 503),
            ('"200, -"', 200),
            ('["502","200"]', 200),
            ("[502, 204]", 204),
            ("200", 200),
            ("200.0", 200),
            ('""', None),
            ('"-"', None),
            ('"2000"', None),
            ("99", None),
            ("1000", None),
            ("null", None),
            ("true", None),
            ("{}", None),
            ("[]", None),
        ],
    )
    def test_the_upstream_s_status_is_the_last_group_of_three_digits(
        self, path: Path, value: str, status: int | None
    ) -> None:
        record = record_of(path, event_text(extra=f'"upstream_status":{value}'))
        assert (record["upstream_status"], record["status"]) == (status, 200)

    @pytest.mark.parametrize("started_at", ["1772323199999", "1772323200000"])
    def test_the_month_is_utc(self, path: Path, started_at: str) -> None:
        month = {"1772323199999": "2026-02", "1772323200000": "2026-03"}[started_at]
        assert record_of(path, event_text(started_at=started_at))["month"] == month

    def test_fields_that_were_left_out_are_named(self, path: Path) -> None:
        record = record_of(
            path, event_text(request_size='"many"', extra='"service":7,"ai":{"proxy":{"usage":{"cost":-1}}}')
        )
        assert record["left_out"] == ["request.size", "service", "ai.proxy.usage.cost"]


class TestCosts:
    def test_a_cost_comes_with_its_derivation(self, path: Path) -> None:
        (call,) = record_of(path, with_ai("proxy_3_12_details"))["llm"]
        assert (call["cost_reported"], call["cost_computed"], call["cost_evidence"]) == (
            "0.000046800000000000006",
            "0.000042",
            "computed",
        )
        assert call["derivation"][1:] == [
            "cached tokens: 64 x 0.075 per million = 0.0000048",
            "reasoning tokens: 20 x 0.6 per million = 0.000012",
            "fresh input tokens: 56 x 0.15 per million = 0.0000084",
            "plain output tokens: 28 x 0.6 per million = 0.0000168",
            "cost: 0.000042 USD",
        ]

    @pytest.mark.parametrize(
        ("text", "reported", "computed"),
        [
            (with_ai("proxy_3_9_without_prices"), None, None),
            (with_ai("failed_call", status="500"), None, None),  # nothing tells whether the provider answered
            (with_ai("exact_hit_3_8"), None, "0"),
            (with_ai("proxy_3_12_details", status="null"), "0.000046800000000000006", None),
        ],
    )
    def test_an_unknown_cost_is_null_and_what_is_no_spend_is_0(
        self, path: Path, text: bytes, reported: str | None, computed: str | None
    ) -> None:
        (call,) = record_of(path, text)["llm"]
        assert (call["cost_reported"], call["cost_computed"]) == (reported, computed)

    def test_prices_of_one_s_own_count(self, path: Path) -> None:
        own = path.with_name("own.toml")
        own.write_text(
            "currency = 'USD'\n"
            "entries = [{provider = 'openai', model = 'gpt-4o-mini', prices = {input = 10, output = 10}}]",
            encoding="utf-8",
        )
        (call,) = record_of(path, with_ai("proxy_3_12_details"), "--prices", str(own))["llm"]
        assert (call["cost_computed"], call["cost_evidence"]) == ("0.00168", "estimated")

    def test_tools_and_agents_are_listed(self, path: Path) -> None:
        record = record_of(path, with_ai("mcp_3_12"))
        assert [tuple(call.values()) for call in record["mcp"]] == [
            ("tools/call", "quote_price", 38, 611, None, False),
            ("tools/call", "book", 5, 92, "invalid_params", True),
            ("notifications/initialized", None, 1, 0, None, False),
        ]
        assert record["llm"] == record["a2a"] == []
        tasks = record_of(path, with_ai("a2a_3_14"))["a2a"]
        assert [(task["task_state"], task["latency_ms"], task["failed"]) for task in tasks] == [
            ("completed", 5310.5, False), ("failed", 12, True), ("input-required", None, False), (None, None, True),
        ]  # fmt: skip

    def test_a_model_call_of_a_metering_event_is_shown(self, path: Path) -> None:
        record = record_of(path, ce("kong_llm_prompt_half"))
        (call,) = record["llm"]
        assert (record["event_id"], record["consumer"]["id"]) == ('ce:["gw","l-1"]', "c-1")
        assert (call["plugin"], call["prompt_tokens"], call["cost_computed"]) == ("ai-proxy", 8120, "0.001218")
