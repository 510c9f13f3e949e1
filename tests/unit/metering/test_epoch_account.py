"""The account of an epoch with all kinds of events: copies drop all they used, and flushes change no row."""

from decimal import Decimal

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.events.access_event import TimeRange
from gatemeter.metering.ruleset import Metering
from gatemeter.schema import AGENTIC_USAGE, API_USAGE, EPOCH_LEDGER, LLM_USAGE, STREAM_SESSIONS, TABLES
from tests.support.epoch_usages import (
    DETAILED,
    METERING,
    SESSION,
    TOOLS,
    ai_line,
    block,
    counted,
    counter_of,
    only_row,
    values_of,
)
from tests.support.kong_events import STARTED_AT_MS, event_text, request_line
from tests.support.logs import chunk_of, counts, flush_to, without_version

LLM_REQUEST = (
    b'{"specversion":"1.0","source":"gw","id":"l-1","type":"kong.llm_request","subject":"consumer:con-1",'
    b'"time":"2026-02-03T10:00:00Z","data":{"type":"request","provider":"openai","model":"gpt-4o-mini",'
    b'"tokens":1000,"http_status":200,"ai_plugin_name":"ai-proxy"}}'
)


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
