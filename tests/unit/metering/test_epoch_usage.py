"""What an epoch says of calls to models, tools and agents, and of stream sessions: keys, exact sums, costs."""

from decimal import Decimal

import pytest

from gatemeter.schema import AGENTIC_USAGE, API_USAGE, LLM_USAGE, STREAM_SESSIONS
from tests.support.epoch_usages import DETAILED, SESSION, TOOLS, ai_line, block, counted, only_row, values_of
from tests.support.kong_events import HOUR_S, STARTED_AT_MS

NEXT_HOUR_MS = STARTED_AT_MS + 3_600_000
REPORTED = "0.000046800000000000006"


def mcp(session: str | None, *calls: str) -> str:
    identity = "" if session is None else f'"mcp_session_id":"{session}",'
    return f'{{"mcp":{{{identity}"rpc":[{",".join(calls)}]}}}}'


class TestLlmUsage:
    def test_the_key_is_all_that_a_price_can_depend_on(self) -> None:
        row = only_row(counted(DETAILED), LLM_USAGE)
        assert {name: row[name] for name in LLM_USAGE.dimension_names if row[name]} == {
            "hour": HOUR_S,
            "consumer_id": "con-1",
            "consumer_username": "acme",
            "consumer_custom_id": "c-7",
            "plugin_name": "proxy",
            "plugin_id": "p-312",
            "provider": "openai",
            "request_model": "gpt-4o-mini",
            "response_model": "gpt-4o-mini-2024-07-18",
            "outcome": "provider",
            "tokens_evidence": "reported",
            "token_classes": "cached_tokens,reasoning_tokens,fresh_input_tokens,plain_output_tokens",
            "counting_rule": "kong-openai-version-unknown",
            "client_status": 200,
            "provider_status": -1,
        }

    def test_calls_of_one_key_are_added_up_exactly(self) -> None:
        row = only_row(counted(DETAILED, ai_line("b", block("proxy_3_12_details"))), LLM_USAGE)
        assert values_of(row, "calls", "prompt_tokens", "completion_tokens", "total_tokens") == (2, 240, 96, 336)
        classes = ("cached_tokens", "fresh_input_tokens", "reasoning_tokens", "plain_output_tokens")
        assert values_of(row, *classes) == (128, 112, 40, 56)
        latency = ("latency_llm_count", "latency_llm_sum_ns", "latency_llm_max_ns")
        assert values_of(row, *latency) == (2, 1_824_000_000, 912_000_000)
        others = ("latency_time_per_token_sum_ns", "latency_time_to_first_token_sum_ns")
        assert values_of(row, *others) == (38_000_000, 610_000_000)
        assert values_of(row, "latency_embeddings_count", "latency_cache_fetch_count") == (0, 0)

    def test_costs_are_exact_to_the_last_digit(self) -> None:
        """56 x 0.15 + 64 x 0.075 + 48 x 0.60 = 42 per million; reported was 4.6800000000000006e-05."""
        row = only_row(counted(DETAILED, ai_line("b", block("proxy_3_12_details"))), LLM_USAGE)
        assert values_of(row, "cost_reported", "cost_computed") == (
            Decimal("0.000093600000000000012"),
            Decimal("0.000084"),
        )
        assert values_of(row, "cost_evidence", "unpriced_calls", "calls_without_reported_cost") == ("computed", 0, 0)
        assert row["price_version"].startswith("openai/gpt-4o-mini#")

    def test_many_small_costs_lose_nothing(self) -> None:
        """1000 x 0.1 is 100 and 1000 x 1e-24 is 1e-21, whatever floats say."""
        usage = '{{"proxy":{{"usage":{{"prompt_tokens":1,"completion_tokens":0,"cost":{}}}}}}}'
        costs = ["0.1", "1e-24"] * 1000
        row = only_row(
            counted(*(ai_line(f"e{n}", usage.format(cost)) for n, cost in enumerate(costs)), epoch_size=10_000),
            LLM_USAGE,
        )
        assert row["cost_reported"] == Decimal("100.000000000000000000001")

    def test_an_hour_has_its_own_price(self) -> None:
        rows = counted(DETAILED, ai_line("b", block("proxy_3_12_details"), started_at=NEXT_HOUR_MS)).rows(LLM_USAGE)
        assert [values_of(row, "hour", "cost_computed") for row in rows] == [
            (HOUR_S, Decimal("0.000042")),
            (HOUR_S + 3_600, Decimal("0.000084")),
        ]
        assert rows[1]["price_version"].startswith("openai/gpt-4o-mini@2026-02-03T11:00Z#")

    @pytest.mark.parametrize("names", [("initech", "y", "z"), ("x", "initech", "z"), ("x", "y", "initech")])
    def test_a_consumer_has_its_own_price_by_any_of_its_names(self, names: tuple[str, str, str]) -> None:
        consumer = '"consumer":{{"id":"{}","username":"{}","custom_id":"{}"}}'.format(*names)
        line = ai_line("b", block("proxy_3_12_details"), consumer=consumer)
        found = {row["consumer_id"]: row["cost_computed"] for row in counted(DETAILED, line).rows(LLM_USAGE)}
        assert found == {"con-1": Decimal("0.000042"), names[0]: Decimal("0.000168")}

    @pytest.mark.parametrize(
        ("name", "status", "expected"),
        [
            ("proxy_3_12_details", 200, ("provider", REPORTED, REPORTED, 0, "0.000042", 0, 0, "computed", 0)),
            ("proxy_3_12_details", 399, ("provider", REPORTED, REPORTED, 0, "0.000042", 0, 0, "computed", 0)),
            ("proxy_3_12_details", 400, ("blocked", REPORTED, REPORTED, 0, "0.000042", 0, 0, "computed", 0)),
            ("failed_call", 429, ("failed", 0, 0, 0, 0, 0, 0, "", 0)),
            ("failed_call", 500, ("unknown", 0, 0, 0, 0, 0, 0, "unpriced", 1)),
            ("semantic_hit_3_8", 200, ("cache_hit", "0.0000468", 0, "0.0000468", 0, "0.0000024", "0.0000468", "", 0)),
            ("exact_hit_3_8", 200, ("cache_hit", 0, 0, 0, 0, 0, "0.00000405", "", 0)),
            ("exact_hit_3_8", 429, ("failed", 0, 0, 0, 0, 0, 0, "", 0)),
            ("proxy_3_9_without_prices", 200, ("provider", 0, 0, 0, 0, 0, 0, "unpriced", 1)),
        ],
    )
    def test_only_what_a_provider_answered_is_spend(
        self, name: str, status: int, expected: tuple[str | int, ...]
    ) -> None:
        row = only_row(counted(ai_line("a", block(name), status=status)), LLM_USAGE)
        reported = ("cost_reported", "cost_reported_spend", "cost_savings_reported")
        names = (*reported, "cost_computed", "embeddings_cost", "cost_savings")
        outcome, *costs, evidence, unpriced = expected
        assert values_of(row, "outcome", "cost_evidence", "unpriced_calls") == (outcome, evidence, unpriced)
        assert values_of(row, *names) == tuple(map(Decimal, costs))

    def test_a_missing_status_is_neither_spend_nor_free(self) -> None:
        line = ai_line("a", block("proxy_3_12_details")).replace(b'"status":200,', b"")
        row = only_row(counted(line), LLM_USAGE)
        assert values_of(row, "outcome", "cost_reported_spend", "cost_computed") == ("unknown", Decimal(REPORTED), 0)
        assert values_of(row, "cost_evidence", "unpriced_calls", "calls_without_reported_cost") == ("unpriced", 1, 0)

    @pytest.mark.parametrize(("name", "unknown"), [("proxy_3_9_without_prices", 1), ("proxy_3_12_details", 0)])
    def test_a_reported_cost_of_0_with_tokens_is_unknown(self, name: str, unknown: int) -> None:
        row = only_row(counted(ai_line("a", block(name))), LLM_USAGE)
        assert row["calls_without_reported_cost"] == unknown

    def test_every_plugin_of_an_event_is_a_call_of_its_own(self) -> None:
        sink = counted(ai_line("a", block("several_plugins")))
        assert [values_of(row, "plugin_name", "calls", "total_tokens") for row in sink.rows(LLM_USAGE)] == [
            ("ai-llm-as-judge", 1, 61),
            ("ai-response-transformer", 1, 13),
            ("proxy", 1, 37),
        ]
        assert only_row(sink, API_USAGE)["requests"] == 1


class TestAgenticUsage:
    def test_every_rpc_entry_is_a_call_with_its_own_measures(self) -> None:
        sink = counted(TOOLS)
        measures = ("method", "tool", "error", "calls", "errors", "response_bytes", "latency_call_sum_ns")
        assert [values_of(row, *measures) for row in sink.rows(AGENTIC_USAGE)] == [
            ("notifications/initialized", "", "", 1, 0, 0, 1_000_000),
            ("tools/call", "book", "invalid_params", 1, 1, 92, 5_000_000),
            ("tools/call", "quote_price", "", 1, 0, 611, 38_000_000),
        ]
        assert {values_of(row, "hour", "consumer_id", "kind") for row in sink.rows(AGENTIC_USAGE)} == {
            (HOUR_S, "con-1", "mcp")
        }

    def test_a_failed_task_behind_http_200_is_an_error(self) -> None:
        rows = counted(ai_line("a", block("a2a_3_14"))).rows(AGENTIC_USAGE)
        measures = ("kind", "method", "task_state", "error", "errors", "response_bytes", "latency_call_count")
        assert [values_of(row, *measures) for row in rows] == [
            ("a2a", "message/send", "failed", "", 1, 10, 1),
            ("a2a", "message/stream", "completed", "", 0, 20_480, 1),
            ("a2a", "tasks/cancel", "", "not_found:-32001", 1, 0, 0),
            ("a2a", "tasks/get", "input-required", "", 0, 0, 0),
        ]

    def test_calls_of_agents_are_no_llm_usage(self) -> None:
        sink = counted(TOOLS, ai_line("a", block("a2a_3_14")))
        assert sink.rows(LLM_USAGE) == []
        assert only_row(sink, API_USAGE)["requests"] == 2

    @pytest.mark.parametrize(
        ("sessions", "distinct"), [(["s1", "s1"], 1), (["s1", "s2", "s1"], 2), (["s1", None], 1), ([None], 0)]
    )
    def test_sessions_are_kept_as_distinct_hashes_alone(self, sessions: list[str | None], distinct: int) -> None:
        call = '{"method":"tools/call","tool_name":"search"}'
        lines = [ai_line(f"e{n}", mcp(session, call)) for n, session in enumerate(sessions)]
        row = only_row(counted(*lines), AGENTIC_USAGE)
        assert row["calls"] == len(sessions)
        assert len(set(row["session_hashes"])) == len(row["session_hashes"]) == distinct
        assert not {"s1", "s2"} & set(map(str, row.values()))

    def test_a_session_has_one_hash_in_every_epoch(self) -> None:
        call = '{"method":"tools/call","tool_name":"search"}'
        rows = counted(*(ai_line(f"e{n}", mcp("s1", call)) for n in range(2)), epoch_size=1).rows(AGENTIC_USAGE)
        assert rows[0]["session_hashes"] == rows[1]["session_hashes"] != []


class TestStreamSessions:
    def test_a_session_is_no_request(self) -> None:
        sink = counted(SESSION)
        row = only_row(sink, STREAM_SESSIONS)
        assert values_of(row, "hour", "service_id", "service_name", "workspace") == (HOUR_S, "sv-2", "mqtt", "ws-1")
        assert values_of(row, "status", "sessions", "received_bytes", "sent_bytes") == (200, 1, 120, 4_096)
        assert values_of(row, "upstream_received_bytes", "upstream_sent_bytes") == (4_000, 110)
        assert values_of(row, "latency_session_sum_ns", "latency_gateway_count") == (1_503_000_000, 1)
        assert (sink.rows(API_USAGE), sink.rows(LLM_USAGE)) == ([], [])

    def test_sessions_of_one_key_are_added_up(self) -> None:
        other = SESSION.replace(b"1770112802000", b"1770112802001")
        row = only_row(counted(SESSION, other), STREAM_SESSIONS)
        assert values_of(row, "sessions", "received_bytes", "latency_session_sum_ns") == (2, 240, 3_006_000_000)
