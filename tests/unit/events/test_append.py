"""An access event becomes a row of each rollup that it concerns."""

from dataclasses import replace

import pytest

from gatemeter.events.access_event import (
    AccessEvent,
    AgentCall,
    AgentProtocol,
    Consumer,
    Entity,
    EventKind,
    StreamSession,
)
from gatemeter.events.append import append, append_llm_call
from gatemeter.events.batch import EventBatch, EventRef
from gatemeter.events.size_kind import SizeKind
from gatemeter.events.usage_rows import UsageRows
from gatemeter.llm.call import LlmCall, Outcome, TokensEvidence
from gatemeter.schema.rollups import LLM_USAGE_ROLLUP
from tests.support.kong_events import HOUR_S, STARTED_AT_MS

REQUEST = AccessEvent(
    kind=EventKind.HTTP,
    event_id="r",
    started_at_ms=STARTED_AT_MS,
    consumer=Consumer("", "user", "custom"),
    service=Entity("sv", "orders"),
    workspace="ws",
    team="blue",
    organisation="acme",
    method="GET",
    request_bytes=310,
    request_bytes_kind=SizeKind.BODY,
    latency_request_ms=0.0,
    agent_calls=[AgentCall(protocol=AgentProtocol.MCP, tool="t", failed=True)],
)
CALLER = (HOUR_S, "custom", "user", "custom", "sv", "orders", "", "", "ws", "blue", "acme")


def test_a_request_has_one_row_of_api_usage_and_its_calls() -> None:
    batch = EventBatch()
    append(REQUEST, batch, (4, 3, 2))
    (agentic,) = (batch.requests.usage["agentic_usage_hourly"],)
    assert batch.requests.event_ids == ["r"]
    key = (*CALLER, "GET", -1, "", "body", "unknown")
    assert batch.requests.api_usage.columns == [[key], [310], [0], [0.0], [-1.0], [-1.0], [STARTED_AT_MS]]
    assert (agentic.event_indexes, agentic.keys) == ([0], [(*CALLER, "mcp", "", "t", "", "", "unknown")])
    assert batch.requests.event_refs == [EventRef(4, 3, 2, STARTED_AT_MS, "custom")]
    assert batch.others == EventBatch().others


def test_a_session_is_an_event_of_another_kind_with_a_row() -> None:
    batch = EventBatch()
    session = StreamSession(upstream_received_bytes=3, upstream_sent_bytes=4, duration_ms=9.5)
    append(
        AccessEvent(
            kind=EventKind.STREAM,
            event_id="s",
            started_at_ms=STARTED_AT_MS,
            status=200,
            request_bytes=1,
            response_bytes=2,
            session=session,
        ),
        batch,
    )
    rows = batch.others.usage["stream_sessions_hourly"]
    assert rows.columns == [[(HOUR_S, *[""] * 10, 200)], [1], [2], [3], [4], [9.5], [-1.0]]
    assert (batch.requests.event_ids, batch.others.event_ids, batch.others.event_refs) == ([], ["s"], [])


def test_a_call_without_a_request_is_an_event_of_another_kind() -> None:
    batch = EventBatch()
    call = LlmCall(outcome=Outcome.PROVIDER, tokens_evidence=TokensEvidence.REPORTED, prompt_tokens=5)
    append(AccessEvent(kind=EventKind.LLM, event_id="l", started_at_ms=STARTED_AT_MS, llm_calls=[call]), batch)
    assert batch.others.usage["llm_usage_hourly"].sums[2] == [5]
    assert batch.requests.event_ids == []


def test_an_event_metered_nowhere_is_accounted_for_without_rows() -> None:
    batch = EventBatch()
    append(AccessEvent(kind=EventKind.OTHER, event_id="o", started_at_ms=STARTED_AT_MS), batch)
    assert (batch.event_count, batch.others.event_ids, batch.others.usage) == (1, ["o"], {})


@pytest.mark.parametrize(
    ("outcome", "logged", "spent", "saved", "unreported"),
    [
        (Outcome.PROVIDER, 5, 5, 0, 0),
        (Outcome.PROVIDER, None, 0, 0, 1),
        (Outcome.BLOCKED, 5, 5, 0, 0),
        (Outcome.BLOCKED, None, 0, 0, 1),
        (Outcome.UNKNOWN, 5, 5, 0, 0),
        (Outcome.UNKNOWN, None, 0, 0, 1),
        (Outcome.CACHE_HIT, 5, 0, 5, 0),
        (Outcome.CACHE_HIT, None, 0, 0, 0),
        (Outcome.FAILED, 5, 0, 0, 0),
        (Outcome.FAILED, None, 0, 0, 0),
    ],
)
def test_a_reported_cost_is_spend_only_where_a_provider_may_have_answered(
    outcome: Outcome, logged: int | None, spent: int, saved: int, unreported: int
) -> None:
    rows = UsageRows(LLM_USAGE_ROLLUP, [])
    call = LlmCall(outcome=outcome, tokens_evidence=TokensEvidence.REPORTED, cost_reported_yoctos=logged)
    append_llm_call(rows, 0, CALLER, call)
    assert [column[0] for column in rows.amounts] == [logged or 0, spent, saved]
    assert rows.sums[LLM_USAGE_ROLLUP.sums.index("calls_without_reported_cost")] == [unreported]


@pytest.mark.parametrize(
    ("call", "response_bytes", "kind"),
    [
        (AgentCall(protocol=AgentProtocol.MCP, method="tools/call", response_bytes=611), 611, "body"),
        (AgentCall(protocol=AgentProtocol.MCP, method="tools/call"), 0, "unknown"),
        (AgentCall(protocol=AgentProtocol.MCP, method="notifications/initialized"), 0, "body"),
        (AgentCall(protocol=AgentProtocol.A2A, method="notifications/initialized"), 0, "unknown"),
    ],
)
def test_size_of_an_answer_is_known_where_there_can_be_none(call: AgentCall, response_bytes: int, kind: str) -> None:
    batch = EventBatch()
    append(replace(REQUEST, agent_calls=[call]), batch)
    rows = batch.requests.usage["agentic_usage_hourly"]
    assert (rows.sums[1], [key[-1] for key in rows.keys]) == ([response_bytes], [kind])
