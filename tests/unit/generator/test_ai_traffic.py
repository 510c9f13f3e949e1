"""A generated month holds AI traffic of every shape that gateways write."""

import re
from collections import Counter
from collections.abc import Callable

import pytest

from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.rng import AiRng, Weighted
from gatemeter.generator.traffic import Traffic
from tests.support.generated_events import Event, agent_calls, countable, first_copies, llm_calls, outcome

PLAN = TrafficPlan(events=8000)


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    return list(Traffic(PLAN).lines())


@pytest.fixture(scope="module")
def events(lines: list[bytes]) -> list[Event]:
    return [event for event in first_copies(lines) if "ai" in event]


@pytest.fixture(scope="module")
def calls(events: list[Event]) -> list[tuple[Event, str, Event]]:
    """Each model call: its event, its path below `ai`, and itself."""
    return [(event, path, call) for event in events for path, call in llm_calls(event)]


def test_one_request_in_ten_goes_to_a_model_a_tool_or_an_agent(lines: list[bytes]) -> None:
    requests = [event for event in first_copies(lines) if "route" in event]
    kinds = Counter(event["route"]["name"] for event in requests)
    ai = {name: kinds[name] / len(requests) for name in ("chat", "summaries", "tools", "agents")}
    assert 0.08 < sum(ai.values()) < 0.12
    assert ai["chat"] + ai["summaries"] > 0.06
    assert min(ai["tools"], ai["agents"]) > 0.003


@pytest.mark.parametrize(
    "path",
    [
        "",
        "ai-proxy",
        "proxy",
        "ai-request-transformer",
        "ai-response-transformer",
        "ai-llm-as-judge",
        "proxy.ai-llm-as-judge",
    ],
)
def test_calls_stand_in_every_place(calls: list[tuple[Event, str, Event]], path: str) -> None:
    assert any(found == path for _, found, _ in calls)


@pytest.mark.parametrize(
    "names", [{"prompt_tokens", "completion_tokens"}, {"prompt_token", "completion_token"}, {"input_tokens"}]
)
def test_tokens_have_all_their_names(calls: list[tuple[Event, str, Event]], names: set[str]) -> None:
    assert any(names <= call["usage"].keys() for _, _, call in calls)


SHAPES: dict[str, Callable[[Event], bool]] = {
    "exact Hit": lambda call: call.get("cache", {}).keys() == {"cache_status", "fetch_latency"},
    "semantic Hit": lambda call: cache(call).get("cache_status") == "Hit" and "embeddings_model" in cache(call),
    "semantic hit": lambda call: cache(call).get("cache_status") == "hit" and "embeddings_latency" in cache(call),
    "semantic Miss": lambda call: cache(call).get("cache_status") == "Miss" and "embeddings_provider" in cache(call),
    "Bypass": lambda call: cache(call).get("cache_status") == "Bypass",
    "Refresh": lambda call: cache(call).get("cache_status") == "Refresh",
    "empty cache": lambda call: call.get("cache") == {},
    "no cache": lambda call: "cache" not in call,
    "cost 0 with tokens": lambda call: call["usage"].get("cost") == 0 and call["usage"]["total_tokens"] > 0,
    "no cost": lambda call: "cost" not in call["usage"],
    "cached tokens": lambda call: call["usage"].get("prompt_tokens_details", {}).get("cached_tokens", 0) > 0,
    "empty details": lambda call: call["usage"].get("prompt_tokens_details") == {},
    "reasoning": lambda call: call["usage"].get("completion_tokens_details", {}).get("reasoning_tokens", 0) > 0,
    "unspecified request model": lambda call: call["meta"]["request_model"] == "UNSPECIFIED",
    "unspecified response model": lambda call: call["meta"].get("response_model") == "UNSPECIFIED",
    "unspecified provider": lambda call: call["meta"]["provider_name"] == "UNSPECIFIED",
    "no response model": lambda call: "response_model" not in call["meta"],
    "fraction of a ms per token": lambda call: call["usage"].get("time_per_token", 0) % 1 != 0,
    "time to first token": lambda call: "time_to_first_token" in call["usage"],
    "azure": lambda call: "azure_deployment_id" in call["meta"],
    "payload": lambda call: "response" in call.get("payload", {}),
    "rag": lambda call: "rag-inject" in call,
    "guard": lambda call: "lakera-guard" in call,
    "targets": lambda call: "tried_targets" in call,
}


def cache(call: Event) -> Event:
    found: Event = call.get("cache", {})
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_a_call_occurs(calls: list[tuple[Event, str, Event]], shape: str) -> None:
    assert any(SHAPES[shape](call) for _, _, call in calls)


@pytest.mark.parametrize("key", ["sanitizer", "compressor", "audit", "payload"])
def test_other_plugins_write_beside_the_calls(events: list[Event], key: str) -> None:
    assert any(key in event["ai"] for event in events)


def test_two_plugins_can_log_calls_in_one_event(events: list[Event]) -> None:
    paths = {frozenset(path for path, _ in llm_calls(event)) for event in events}
    assert {frozenset(("proxy", "ai-request-transformer")), frozenset(("proxy", "ai-llm-as-judge"))} <= paths
    assert frozenset(("proxy", "ai-response-transformer")) in paths


def test_failed_calls_have_a_guessed_prompt_and_cost_nothing(calls: list[tuple[Event, str, Event]]) -> None:
    failed = [call for event, path, call in calls if outcome(event, call) == "failed" and path in {"proxy", "ai-proxy"}]
    usages = [call["usage"] for call in failed if "input_tokens" not in call["usage"]]
    assert len(usages) > 20
    assert not any(usage.get("completion_tokens", 0) or usage.get("completion_token", 0) for usage in usages)
    assert all(usage.get("prompt_tokens", 0) or usage.get("prompt_token", 0) for usage in usages)
    assert {usage.get("cost", 0) for usage in usages} == {0}


def test_cache_hits_are_answered_by_the_gateway(calls: list[tuple[Event, str, Event]]) -> None:
    hits = [(event, call) for event, _, call in calls if cache(call).get("cache_status", "").lower() == "hit"]
    assert len(hits) > 40
    for event, call in hits:
        assert (event["source"], event["latencies"]["proxy"]) == ("kong", -1)
        assert "llm_latency" not in call["meta"]
        assert "time_per_token" not in call["usage"]


def test_costs_come_with_fourteen_digits_and_in_both_forms(lines: list[bytes]) -> None:
    costs = [cost.decode() for line in lines for cost in re.findall(rb'"cost":([^,}]+)', line)]
    digits = {len(re.sub(r"e.*|\.", "", cost).lstrip("0")) for cost in costs}
    assert max(digits) == 14
    assert any(re.fullmatch(r"\d(\.\d+)?e-05", cost) for cost in costs)
    assert any(re.fullmatch(r"0\.000\d+", cost) for cost in costs)


@pytest.mark.parametrize("number_of_calls", [0, 1, 2, 3])
def test_mcp_requests_hold_up_to_three_calls(events: list[Event], number_of_calls: int) -> None:
    assert any(len(event["ai"]["mcp"].get("rpc") or []) == number_of_calls for event in events if "mcp" in event["ai"])


def test_some_mcp_requests_have_a_session_and_some_have_none(events: list[Event]) -> None:
    sessions = Counter(event["ai"]["mcp"].get("mcp_session_id") for event in events if event["ai"].get("mcp"))
    assert sessions[None] > 5
    assert len(sessions) < sessions.total()


AGENT_SHAPES: dict[str, Callable[[str, Event], bool]] = {
    "tool": lambda kind, rpc: kind == "mcp" and rpc["method"] == "tools/call" and "tool_name" in rpc,
    "tool error": lambda kind, rpc: kind == "mcp" and "error" in rpc and "tool_name" in rpc,
    "notification": lambda kind, rpc: kind == "mcp" and not {"id", "latency"} & rpc.keys(),
    "stream": lambda kind, rpc: kind == "a2a" and rpc["streaming"] and "ttfb_latency" in rpc,
    "rest": lambda kind, rpc: kind == "a2a" and rpc["binding"] == "rest",
    "task": lambda kind, rpc: kind == "a2a" and rpc.get("task_state") == "completed" and "context_id" in rpc,
    "agent error": lambda kind, rpc: kind == "a2a" and "error" in rpc and "task_state" not in rpc,
    "rejected task": lambda kind, rpc: kind == "a2a" and rpc.get("task_state") == "rejected" and "error" in rpc,
    "card": lambda kind, rpc: kind == "a2a" and rpc["method"] == "agent/getCard",
    "payload": lambda _kind, rpc: "request" in rpc.get("payload", {}),
}


@pytest.mark.parametrize("shape", AGENT_SHAPES)
def test_every_shape_of_an_agent_call_occurs(events: list[Event], shape: str) -> None:
    assert any(AGENT_SHAPES[shape](kind, rpc) for event in events for kind, rpc in agent_calls(event))


def test_tasks_fail_behind_http_200(events: list[Event]) -> None:
    fine = [event for event in events if event["response"]["status"] == 200]
    silent = [rpc for event in fine for _, rpc in agent_calls(event) if rpc.get("task_state") == "failed"]
    assert silent
    assert not any("error" in rpc for rpc in silent)


def test_calls_of_failed_requests_name_an_error(events: list[Event]) -> None:
    failed = [event for event in events if event["response"]["status"] >= 400]
    rpcs = [rpc for event in failed for _, rpc in agent_calls(event)]
    assert rpcs
    assert all(rpc["error"] for rpc in rpcs)


def test_what_the_gateway_rejects_has_no_ai_member(lines: list[bytes]) -> None:
    rejected = [event for event in first_copies(lines) if event.get("response", {}).get("status") in {401, 403, 429}]
    assert any(event["route"]["name"] == "chat" for event in rejected)
    assert not any("ai" in event for event in rejected)


def test_plain_requests_keep_their_bytes_without_ai_routes(lines: list[bytes]) -> None:
    # AI requests draw from another source of random numbers, so plain traffic that people compare stays the same.
    without = {line for line in Traffic(TrafficPlan(events=8000, ai=0)).lines() if countable(line)}
    plain = [line for line in lines if (event := countable(line)) and is_plain_route(event)]
    assert len(plain) > 6000
    assert set(plain) <= without


def is_plain_route(event: Event) -> bool:
    return "route" in event and event["route"]["name"] not in {"chat", "summaries", "tools", "agents"}


def test_random_numbers_of_a_request_are_fair_and_endless() -> None:
    rng = AiRng("de774d00fb70d72683c0937837d19d00")
    shares = [rng.share() for _ in range(4000)]
    assert 0.48 < sum(shares) / len(shares) < 0.52
    assert all(0 <= share < 1 for share in shares)
    assert {rng.below(6) for _ in range(200)} == set(range(6))
    assert [AiRng("a").share()] == [AiRng("a").share()] != [AiRng("b").share()]


@pytest.mark.parametrize(("share", "value"), [(0.0, "a"), (0.2499, "a"), (0.25, "b"), (0.9999, "b")])
def test_weights_divide_the_shares(share: float, value: str) -> None:
    assert Weighted((("a", 1), ("b", 3))).at(share) == value
