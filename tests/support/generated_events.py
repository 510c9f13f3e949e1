"""Reads a generated log with nothing but `json`, and numbers as the decimals that are printed."""

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

Event = dict[str, Any]

FIRST_FAILING_STATUS = 400
ENVELOPES = {"mcp", "a2a"}

_BAD_REQUEST, _GATEWAY_TIMEOUT = 400, 504


def first_copies(lines: Iterable[bytes]) -> list[Event]:
    """Every event that can be counted, without further copies."""
    found = {line: event for line in lines if (event := countable(line)) is not None}
    return list(found.values())


def countable(line: bytes) -> Event | None:
    try:
        event = json.loads(line.decode(), parse_float=Decimal)
    except ValueError:
        return None
    fine = isinstance(event, dict) and "started_at" in event
    return event if fine and event.get("response", {}).get("status") != "abc" else None


def llm_calls(event: Event) -> Iterator[tuple[str, Event]]:
    """Each object below `ai` that looks like a call, with the path of keys to it ('' for `ai` itself)."""
    return _calls_in(event.get("ai", {}), "")


def _calls_in(value: Event, path: str) -> Iterator[tuple[str, Event]]:
    if "usage" in value or "meta" in value:
        yield path, value
    for key, member in value.items():
        if isinstance(member, dict) and key not in ENVELOPES | {"usage", "meta"}:
            yield from _calls_in(member, f"{path}.{key}".lstrip("."))


def agent_calls(event: Event) -> Iterator[tuple[str, Event]]:
    """Each JSON-RPC call with its kind."""
    for kind in ENVELOPES & event.get("ai", {}).keys():
        yield from ((kind, rpc) for rpc in event["ai"][kind].get("rpc") or [])


def tokens(usage: Event, *names: str) -> int:
    """The count under the first of `names` that is there: versions and modalities spell them differently."""
    return next((int(usage[name]) for name in names if name in usage), 0)


def outcome(event: Event, call: Event) -> str:
    """An answer is spend though the client did not get it; who stopped to wait (504) does not know what it costs."""
    status, is_hit = event["response"]["status"], call.get("cache", {}).get("cache_status", "").lower() == "hit"
    if status < FIRST_FAILING_STATUS:
        return "cache_hit" if is_hit else "provider"
    if is_hit:
        return "failed"
    if tokens(call["usage"], "completion_tokens", "completion_token", "output_tokens"):
        return "blocked"
    azure_bills = call["meta"]["provider_name"] == "azure" and status == _BAD_REQUEST
    return "unknown" if azure_bills or status == _GATEWAY_TIMEOUT else "failed"


def consumer_id(event: Event) -> str:
    return str(event["consumer"]["id"]) if "consumer" in event else "anonymous"


def distribution(values: list[float]) -> Event:
    """Count, average, extremes and nearest-rank percentiles of `values`, as the truth names them."""
    names = ("avg_ms", "min_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "max_ms")
    if not values:
        return {"count": 0, **dict.fromkeys(names)}
    ordered = sorted(values)
    ranks = [
        next(rank for rank in range(len(ordered)) if (rank + 1) * 100 >= p * len(ordered)) for p in (50, 90, 95, 99)
    ]
    figures = [float(sum(ordered)) / len(ordered), ordered[0], *(ordered[rank] for rank in ranks), ordered[-1]]
    return {"count": len(ordered), **dict(zip(names, figures, strict=True))}
