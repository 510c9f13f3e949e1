"""The truth about AI traffic and sessions is what a recount of the file finds."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.traffic import Traffic
from tests.support.generated_events import (
    Event,
    agent_calls,
    consumer_id,
    distribution,
    first_copies,
    llm_calls,
    outcome,
    tokens,
)

PLAN = TrafficPlan(events=9000, seed=11, ai=0.5, streams=0.02, duplicates=0.1, bad=0.05)
TokenNames = dict[str, tuple[str, ...]]
TOKENS: TokenNames = {
    "prompt_tokens": ("prompt_tokens", "prompt_token", "input_tokens"),
    "completion_tokens": ("completion_tokens", "completion_token", "output_tokens"),
    "total_tokens": ("total_tokens",),
}
LLM_KEY = ("period", "consumer_id", "provider", "request_model", "response_model", "outcome")
TOOLS_KEY = ("period", "kind", "method", "tool", "task_state")
Grouped = dict[tuple[str, ...], list[Event]]


@pytest.fixture(scope="module")
def made() -> tuple[list[Event], dict[str, Any]]:
    traffic = Traffic(PLAN)
    return first_copies(traffic.lines()), traffic.truth.document()


@pytest.fixture(scope="module")
def events(made: tuple[list[Event], dict[str, Any]]) -> list[Event]:
    return made[0]


@pytest.fixture(scope="module")
def truth(made: tuple[list[Event], dict[str, Any]]) -> dict[str, Any]:
    return made[1]


def llm_groups(events: list[Event]) -> Grouped:
    groups: Grouped = {}
    for event in events:
        for _, call in llm_calls(event):
            meta = call["meta"]
            models = (meta["provider_name"], meta["request_model"], meta.get("response_model", ""))
            key = ("2026-02", consumer_id(event), *models, outcome(event, call))
            groups.setdefault(key, []).append(call)
    return groups


def tool_groups(events: list[Event]) -> Grouped:
    groups: Grouped = {}
    for event in events:
        for kind, rpc in agent_calls(event):
            key = ("2026-02", kind, rpc["method"], rpc.get("tool_name", ""), rpc.get("task_state", ""))
            groups.setdefault(key, []).append(rpc)
    return groups


def by_key(rows: list[Event], key: tuple[str, ...]) -> dict[tuple[str, ...], Event]:
    return {tuple(row[name] for name in key): {name: row[name] for name in row.keys() - set(key)} for row in rows}


def test_the_llm_calls_are_the_recount_of_the_file(events: list[Event], truth: dict[str, Any]) -> None:
    groups, rows = llm_groups(events), by_key(truth["llm"], LLM_KEY)
    assert rows.keys() == groups.keys()
    for key, calls in groups.items():
        usages = [call["usage"] for call in calls]
        row = rows[key]
        assert row["calls"] == len(calls)
        assert {name: row[name] for name in TOKENS} == {
            name: sum(tokens(usage, *spellings) for usage in usages) for name, spellings in TOKENS.items()
        }
        assert row["cached_tokens"] == sum(
            usage.get("prompt_tokens_details", {}).get("cached_tokens", 0) for usage in usages
        )


def test_the_costs_are_the_recount_of_the_file(events: list[Event], truth: dict[str, Any]) -> None:
    rows = by_key(truth["llm"], LLM_KEY)
    for key, calls in llm_groups(events).items():
        reported = [cost for call in calls if (cost := Decimal(call["usage"].get("cost", 0)))]
        stated = rows[key]["cost_reported"], rows[key]["calls_without_reported_cost"]
        if key[-1] not in {"provider", "blocked", "unknown"}:
            assert stated == ("0", 0)
        else:
            assert stated[1] == len(calls) - len(reported)
            assert (None if stated[0] is None else Decimal(stated[0])) == (sum(reported) if reported else None)


def test_costs_are_text_without_exponent_or_idle_zeros(truth: dict[str, Any]) -> None:
    costs = [row["cost_reported"] for row in truth["llm"] if row["cost_reported"] is not None]
    assert all(cost == "0" or cost.strip("0123456789") == "." for cost in costs)
    assert not any(cost.endswith("0") and "." in cost for cost in costs)


def test_the_llm_latencies_are_the_recount_of_the_file(events: list[Event], truth: dict[str, Any]) -> None:
    rows = by_key(truth["llm"], LLM_KEY)
    for key, calls in llm_groups(events).items():
        latencies = [call["meta"]["llm_latency"] for call in calls if "llm_latency" in call["meta"]]
        expected = distribution(latencies)
        assert {name: rows[key][name] for name in expected} == expected


def test_the_tools_are_the_recount_of_the_file(events: list[Event], truth: dict[str, Any]) -> None:
    groups = tool_groups(events)
    assert by_key(truth["tools"], TOOLS_KEY) == {
        key: {
            "calls": len(calls),
            "errors": sum("error" in rpc or key[-1] in {"failed", "rejected"} for rpc in calls),
            "response_bytes": sum(rpc.get("response_body_size", 0) for rpc in calls),
            **distribution([float(rpc["latency"]) for rpc in calls if "latency" in rpc]),
        }
        for key, calls in groups.items()
    }


def test_the_sessions_are_the_recount_of_the_file(events: list[Event], truth: dict[str, Any]) -> None:
    sessions = [event["session"] for event in events if "session" in event]
    assert truth["streams"] == {
        "sessions": len(sessions),
        "received_bytes": sum(session["received"] for session in sessions),
        "sent_bytes": sum(session["sent"] for session in sessions),
    }
    assert len(sessions) == truth["other_kind"] == 180


def test_rows_come_once_and_in_order(truth: dict[str, Any]) -> None:
    for rows, key in ((truth["llm"], LLM_KEY), (truth["tools"], TOOLS_KEY)):
        keys = [tuple(row[name] for name in key) for row in rows]
        assert keys == sorted(set(keys))


def test_without_ai_there_are_no_rows() -> None:
    traffic = Traffic(TrafficPlan(events=300, ai=0))
    list(traffic.lines())
    truth = traffic.truth.document()
    assert (truth["llm"], truth["tools"]) == ([], [])
    assert truth["streams"] == {"sessions": 0, "received_bytes": 0, "sent_bytes": 0}


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for member in value:
            yield from strings(member)
    elif isinstance(value, str):
        yield value


def test_what_people_wrote_is_in_the_log_but_not_in_the_truth(events: list[Event], truth: dict[str, Any]) -> None:
    assert any("Erika" in text for event in events for text in strings(event))
    assert not any("Erika" in text for text in strings(truth))
