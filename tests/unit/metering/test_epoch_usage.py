"""One epoch with calls to models, tools and agents, and with stream sessions: keys, exact sums, costs, the account."""

from decimal import Decimal
from typing import Any

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.events.access_event import TimeRange
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.schema import AGENTIC_USAGE, API_USAGE, EPOCH_LEDGER, LLM_USAGE, STREAM_SESSIONS, TABLES, Table
from tests.support.ai_members import ai_text
from tests.support.kong_events import HOUR_S, STARTED_AT_MS, event_text, recorded, request_line
from tests.support.logs import FROM_THE_START, chunk_of, counts, flush_to, kafka_log, without_version
from tests.support.price_books import table

NEXT_HOUR_MS = STARTED_AT_MS + 3_600_000
BOOK = """
[[entries]]
provider = "openai"
model = "gpt-4o-mini"
match = {starts_with = "gpt-4o-mini"}
prices = [
  {input = 0.15, output = 0.60, cache_read = 0.075},
  {from = 2026-02-03T11:00:00Z, input = 0.30, output = 1.20, cache_read = 0.15},
]

[[entries]]
provider = "openai"
model = "gpt-4o-mini"
consumer = "initech"
match = {starts_with = "gpt-4o-mini"}
prices = {input = 1, output = 1, cache_read = 1}

[[entries]]
provider = "openai"
model = "text-embedding-3-small"
prices = {embedding = 0.02}
"""
METERING = Metering(table(BOOK))
CONSUMER = '"consumer":{"id":"con-1","username":"acme","custom_id":"c-7"}'
LLM_REQUEST = (
    b'{"specversion":"1.0","source":"gw","id":"l-1","type":"kong.llm_request","subject":"consumer:con-1",'
    b'"time":"2026-02-03T10:00:00Z","data":{"type":"request","provider":"openai","model":"gpt-4o-mini",'
    b'"tokens":1000,"http_status":200,"ai_plugin_name":"ai-proxy"}}'
)


def block(name: str) -> str:
    """The `ai` member in NAME.json as JSON text on one line."""
    return ai_text(name)


def ai_line(
    event_id: str, ai: str, *, status: int = 200, consumer: str = CONSUMER, started_at: int = STARTED_AT_MS
) -> bytes:
    extra = f'{consumer},"ai":{ai}'
    return event_text(event_id=f'"{event_id}"', status=str(status), started_at=started_at, extra=extra)


def mcp(session: str | None, *calls: str) -> str:
    identity = "" if session is None else f'"mcp_session_id":"{session}",'
    return f'{{"mcp":{{{identity}"rpc":[{",".join(calls)}]}}}}'


def counter_of(epoch_size: int = 100, metering: Metering = METERING) -> PartitionCounter:
    return PartitionCounter(kafka_log(epoch_size), 0, FROM_THE_START, metering)


def counted(*values: bytes, epoch_size: int = 100, metering: Metering = METERING) -> MemorySink:
    sink, counter = MemorySink(), counter_of(epoch_size, metering)
    counter.add(chunk_of(0, values))
    flush_to(counter, sink)
    return sink


def values_of(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def only_row(sink: MemorySink, of: Table) -> dict[str, Any]:
    (row,) = sink.rows(of)
    return row


DETAILED = ai_line("a", block("proxy_3_12_details"))
TOOLS = ai_line("t", block("mcp_3_12"))
SESSION = recorded("stream_session")
REPORTED = "0.000046800000000000006"


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


class TestAccount:
    MIXED = (DETAILED, TOOLS, SESSION, LLM_REQUEST, request_line("plain"))

    @pytest.mark.parametrize("epoch_size", [100, 5])
    def test_copies_of_an_event_drop_all_that_it_used(self, epoch_size: int) -> None:
        """Also across the end of an epoch: five messages an epoch, the copies are in the second."""
        once = counted(*self.MIXED, epoch_size=epoch_size)
        twice = counted(*self.MIXED, *self.MIXED, epoch_size=epoch_size)
        for of in (API_USAGE, LLM_USAGE, AGENTIC_USAGE, STREAM_SESSIONS):
            assert without_version(twice)[of.name] == without_version(once)[of.name] != []

    def test_copies_of_other_kinds_of_events_are_duplicates(self) -> None:
        counter = counter_of()
        counter.add(chunk_of(0, [*self.MIXED, SESSION, LLM_REQUEST, DETAILED]))
        assert counter.totals == counts(8, counted=3, duplicates=3, other_kind=2)
        assert counter.totals.holds

    def test_a_metering_event_counts_its_half_of_a_model_call(self) -> None:
        answer = LLM_REQUEST.replace(b'"l-1"', b'"l-2"').replace(b'"type":"request"', b'"type":"response"')
        sink = counted(LLM_REQUEST, answer)
        names = ("request_model", "response_model", "calls", "prompt_tokens", "completion_tokens", "cost_computed")
        assert [values_of(row, *names) for row in sink.rows(LLM_USAGE)] == [
            ("", "gpt-4o-mini", 0, 0, 1_000, Decimal("0.0006")),
            ("gpt-4o-mini", "", 1, 1_000, 0, Decimal("0.00015")),
        ]
        assert sink.rows(API_USAGE) == []

    def test_the_ledger_counts_fields_that_were_left_out(self) -> None:
        unusable = ai_line("a", '{"proxy":{"usage":{"prompt_tokens":-3,"completion_tokens":"many"},"meta":7}}')
        sink = counted(unusable, ai_line("b", "7"), event_text(event_id='"c"', extra='"service":"none"'))
        assert only_row(sink, EPOCH_LEDGER)["fields_left_out"] == 5
        assert only_row(sink, LLM_USAGE)["tokens_evidence"] == "missing"
        assert only_row(counted(*self.MIXED), EPOCH_LEDGER)["fields_left_out"] == 0

    @pytest.mark.parametrize("times", [TimeRange(), TimeRange(from_ms=STARTED_AT_MS - 60_000_000)])
    def test_the_ledger_names_the_ruleset_version(self, times: TimeRange) -> None:
        metering = Metering(METERING.prices, times)
        row = only_row(counted(DETAILED, metering=metering), EPOCH_LEDGER)
        assert row["rules"] == metering.ruleset_version != ""
        assert (metering.ruleset_version == METERING.ruleset_version) == (times == TimeRange())


class TestPurity:
    MESSAGES = (*TestAccount.MIXED, b"nonsense", ai_line("h", block("semantic_hit_3_8")), DETAILED, TOOLS, SESSION)

    @pytest.mark.parametrize("epoch_size", [3, 4, 100])
    @pytest.mark.parametrize("flush_after", [{1}, {2, 5}, set(range(1, 10))])
    def test_flushing_in_the_middle_changes_no_row(self, epoch_size: int, flush_after: set[int]) -> None:
        sink, counter = MemorySink(), counter_of(epoch_size)
        for offset, message in enumerate(self.MESSAGES):
            counter.add(chunk_of(offset, [message]))
            if offset in flush_after:
                flush_to(counter, sink)
        flush_to(counter, sink)
        assert without_version(sink) == without_version(counted(*self.MESSAGES, epoch_size=epoch_size))

    @pytest.mark.parametrize("epoch_size", [3, 100])
    def test_a_replay_in_other_portions_writes_the_same_rows(self, epoch_size: int) -> None:
        sink, counter = MemorySink(), counter_of(epoch_size)
        for offset, message in enumerate(self.MESSAGES):
            counter.add(chunk_of(offset, [message]))
        flush_to(counter, sink)
        once = {of.name: sink.rows(of) for of in TABLES}
        again = counter_of(epoch_size)
        again.add(chunk_of(0, self.MESSAGES))
        flush_to(again, sink)
        assert {of.name: sink.rows(of) for of in TABLES} == once

    @pytest.mark.parametrize("llm_first", [True, False])
    def test_a_request_and_a_model_call_with_one_id_are_both_counted(self, *, llm_first: bool) -> None:
        request = LLM_REQUEST.replace(b"kong.llm_request", b"kong.api_request")
        messages = [LLM_REQUEST, request] if llm_first else [request, LLM_REQUEST]
        together, apart = counter_of(), counter_of()
        together.add(chunk_of(0, messages))
        for offset, message in enumerate(messages):
            apart.add(chunk_of(offset, [message]))
        assert together.totals == apart.totals == counts(2, counted=1, other_kind=1)

    def test_a_second_flush_holds_the_whole_cost_of_a_changed_row(self) -> None:
        counter, sink = counter_of(), MemorySink()
        counter.add(chunk_of(0, [DETAILED]))
        flush_to(counter, sink)
        assert only_row(sink, LLM_USAGE)["cost_computed"] == Decimal("0.000042")
        counter.add(chunk_of(1, [ai_line("b", block("proxy_3_12_details")), TOOLS]))
        flush_to(counter, sink)
        row = only_row(sink, LLM_USAGE)
        assert values_of(row, "version", "calls", "cost_computed") == (3, 2, Decimal("0.000084"))
