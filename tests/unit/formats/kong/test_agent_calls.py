"""Calls of agents: MCP (reference section 2.8) and A2A (2.9)."""

from typing import Any

import pytest

from gatemeter.events.access_event import AgentCall, AgentProtocol
from gatemeter.formats.kong.agent_calls import read_agent_calls
from gatemeter.formats.kong.llm_calls import read_llm_calls
from gatemeter.llm.outcome import Statuses
from tests.support.ai_members import ai_block


def calls_of(name: str) -> list[AgentCall]:
    ignored_fields: list[str] = []
    calls = read_agent_calls(ai_block(name), 200, ignored_fields)
    assert ignored_fields == []
    return calls


def mcp_call(**entry: Any) -> AgentCall:
    (call,) = read_agent_calls({"mcp": {"rpc": [entry]}}, 200, [])
    return call


def test_each_json_rpc_call_of_a_request_is_one() -> None:
    """2.8: a tool's name only for tools/call; error only on errors."""
    quote, book, note = calls_of("mcp_3_12")
    assert quote == AgentCall(
        protocol=AgentProtocol.MCP,
        method="tools/call",
        tool="quote_price",
        latency_ms=38.0,
        response_bytes=611,
        session_id="3f0e",
    )
    assert (book.tool, book.error, book.failed, book.session_id) == ("book", "invalid_params", True, "3f0e")
    assert (note.method, note.tool, note.response_bytes, note.failed) == ("notifications/initialized", "", 0, False)


def test_calls_to_agents_and_the_states_of_their_tasks() -> None:
    """2.9: the gateway's and Konnect's spelling of a state are one; a failed task is a failed call."""
    calls = calls_of("a2a_3_14")
    assert [(call.method, call.task_state, call.failed) for call in calls] == [
        ("message/stream", "completed", False),
        ("message/send", "failed", True),
        ("tasks/get", "input-required", False),
        ("tasks/cancel", "", True),
    ]
    assert [call.latency_ms for call in calls] == [5310.5, 12.0, None, None]
    assert [call.response_bytes for call in calls] == [20480, 10, None, None]
    assert calls[3].error == "not_found:-32001"
    assert {call.protocol for call in calls} == {AgentProtocol.A2A}


@pytest.mark.parametrize("name", ["mcp_3_12", "a2a_3_14"])
def test_calls_of_agents_are_no_llm_calls(name: str) -> None:
    assert read_llm_calls(ai_block(name), Statuses(200), []) == []


def test_a_rejected_task_has_failed() -> None:
    (call,) = read_agent_calls({"a2a": {"rpc": [{"task_state": "Rejected"}]}}, 200, [])
    assert (call.task_state, call.failed) == ("rejected", True)


@pytest.mark.parametrize(
    ("error", "stored"),
    [
        ("Invalid Request", "invalid_request"),
        (-32602, "invalid_params:-32602"),
        ({"message": "no such tool", "code": 5}, "not_found"),
        ({"code": -32601}, "method_not_found:-32601"),
        ("-32603: boom", "internal:-32603"),
        ({"code": 429, "message": "slow down"}, "rate_limited:429"),
        ({"code": "503"}, "http:503"),
        ("upstream answered HTTP 502", "http:502"),
        ("timeout after 7919 ms", "timeout"),
        ({"code": 4111111111111111}, "error"),
        ("user 32602 failed", "error"),
        ({"data": 1}, "error"),
        ([1], "error"),
        (True, "error"),
        ("x" * 201 + "timeout", "error"),
        ("Bearer SECRETA123456 denied", "denied"),
        ("postgres://u:SECRETB123@h/db", "error"),
    ],
)
def test_an_error_of_any_type_is_an_error(error: Any, stored: str) -> None:
    call = mcp_call(error=error)
    assert (call.error, call.failed) == (stored, True)


@pytest.mark.parametrize("error", ["", " ", None, {}, [], False, 0])
def test_an_empty_error_is_none(error: Any) -> None:
    call = mcp_call(error=error)
    assert (call.error, call.failed) == ("", False)


@pytest.mark.parametrize("ai", [{}, {"mcp": {}}, {"mcp": []}, {"mcp": {"rpc": {}}, "a2a": None}, {"a2a": {"rpc": []}}])
def test_without_entries_there_are_no_calls_to_read(ai: dict[str, Any]) -> None:
    """1.7: an empty list may be printed as an object."""
    ignored_fields: list[str] = []
    assert read_agent_calls(ai, 200, ignored_fields) == []
    assert ignored_fields == []


def test_unusable_fields_are_named_and_the_rest_counts() -> None:
    ignored_fields: list[str] = []
    ai = {"mcp": {"rpc": [5, {"method": ["m"], "latency": "fast", "response_body_size": -1}]}, "a2a": "x"}
    (call,) = read_agent_calls(ai, 200, ignored_fields)
    assert call == AgentCall(protocol=AgentProtocol.MCP)
    assert sorted(ignored_fields) == [
        "ai.a2a",
        "ai.mcp.rpc",
        "ai.mcp.rpc.latency",
        "ai.mcp.rpc.method",
        "ai.mcp.rpc.response_body_size",
    ]


@pytest.mark.parametrize(("status", "failed"), [(200, False), (399, False), (None, False), (400, True), (403, True)])
def test_a_call_of_a_request_that_failed_has_failed(status: int | None, failed: bool) -> None:
    """2.8: since 3.14 a denied call is HTTP 403, and its entry has no error."""
    ai = {"mcp": {"rpc": [{"method": "tools/call"}]}, "a2a": {"rpc": [{"method": "tasks/get"}]}}
    assert [call.failed for call in read_agent_calls(ai, status, [])] == [failed, failed]
