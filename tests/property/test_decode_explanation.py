"""`gatemeter decode` and metering read each event as the same kind, identity, caller and calls, or reject it alike."""

import json
from collections import Counter
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from gatemeter.events.access_event import EventKind, TimeRange
from gatemeter.events.batch import EventBatch, IdentifiedEvents
from gatemeter.formats.explain import DecodeExplanation, explain_decoding
from gatemeter.schema import STATUS_UNKNOWN
from gatemeter.schema.rollups import AGENTIC_USAGE_ROLLUP, API_USAGE_ROLLUP, LLM_USAGE_ROLLUP, STREAM_SESSIONS_ROLLUP
from gatemeter.schema.table import CALLER
from tests.property.test_usage_totals import AGENT_BLOCKS, llm_blocks
from tests.support.logs import DECODERS
from tests.support.positions import ANYWHERE
from tests.support.strategies import NUMBERS, ODD_VALUES, TEXTS, request_events, some_of

USAGE = some_of({"prompt_tokens": NUMBERS, "completion_tokens": NUMBERS, "cost": NUMBERS})
META = some_of({"provider_name": TEXTS, "response_model": TEXTS, "llm_latency": NUMBERS})
ODD_BLOCK = some_of({"usage": st.one_of(USAGE, ODD_VALUES), "meta": st.one_of(META, ODD_VALUES), "cache": ODD_VALUES})
RPC = st.lists(st.one_of(some_of({"method": TEXTS, "latency": NUMBERS, "error": ODD_VALUES}), ODD_VALUES), max_size=2)
ODD_AI = some_of(
    {
        "proxy": st.one_of(ODD_BLOCK, ODD_VALUES),
        "ai-proxy": ODD_BLOCK,
        "usage": USAGE,
        "mcp": st.one_of(some_of({"rpc": st.one_of(RPC, ODD_VALUES)}), ODD_VALUES),
        "a2a": some_of({"rpc": RPC}),
    }
)
AI = st.one_of(llm_blocks(), AGENT_BLOCKS, ODD_AI, ODD_VALUES)
IDS = st.one_of(st.uuids().map(str), st.just(""))
REQUESTS = st.builds(lambda event, ai: {**event, "ai": ai}, request_events(IDS), AI)
# Of the common shape, which metering reads by another way than `explain_decoding` does.
PLAIN = st.fixed_dictionaries(
    {
        "request": some_of({"id": IDS, "method": st.just("GET"), "size": st.integers(0, 9)}),
        "response": some_of({"status": st.integers(-1, 600)}),
        "started_at": st.just(1_770_112_861_007),
    },
    optional={
        "ai": AI,
        "consumer": some_of({"id": st.text(max_size=3), "username": st.just("u")}),
        "workspaces": st.just([{"name": "w"}]),
        "session": st.just({}),
    },
)
SESSIONS = st.fixed_dictionaries(
    {"session": st.one_of(some_of({"status": NUMBERS, "received": NUMBERS}), ODD_VALUES)},
    optional={
        "started_at": st.sampled_from([1_770_112_861_007, 1.5e12, "1770112861007", None]),
        "request": st.sampled_from([None, {}, []]),
        "upstream": ODD_VALUES,
        "consumer": st.one_of(some_of({"id": TEXTS}), ODD_VALUES),
        "ai": AI,
    },
)
DATA = some_of(
    {
        "type": st.sampled_from(["request", "response", 1]),
        "tokens": NUMBERS,
        "prompt_tokens": NUMBERS,
        "model": TEXTS,
        "provider": TEXTS,
        "method": TEXTS,
        "http_status": NUMBERS,
        "response_http_status": NUMBERS,
        "request_size_bytes": NUMBERS,
    }
)
CLOUD_EVENTS = st.fixed_dictionaries(
    {"source": st.just("gw"), "id": st.one_of(st.uuids().map(str), TEXTS), "time": st.just("2026-02-03T10:00:00Z")},
    optional={
        "specversion": st.just("1.0"),
        "type": st.one_of(st.sampled_from(["kong.api_request", "kong.llm_request", "request"]), TEXTS),
        "subject": TEXTS,
        "data": st.one_of(DATA, DATA, DATA.map(json.dumps), ODD_VALUES),
    },
)
DOCUMENTS = st.one_of(PLAIN, PLAIN, REQUESTS, REQUESTS, SESSIONS, CLOUD_EVENTS, ODD_VALUES)
TEXTS_OF_EVENTS = st.one_of(
    DOCUMENTS.map(lambda document: json.dumps(document, ensure_ascii=False)),
    DOCUMENTS.map(lambda document: json.dumps(document, indent=2)),
    st.lists(DOCUMENTS, max_size=4).map(json.dumps),
).map(str.encode)

_ROLLUP_OF_KIND = {EventKind.HTTP: API_USAGE_ROLLUP, EventKind.STREAM: STREAM_SESSIONS_ROLLUP}
Outcome = Counter[tuple[Any, ...]]


def explained_as(explanation: DecodeExplanation) -> tuple[Any, ...]:
    event = explanation.event
    if event is None:
        return "dead_letter", explanation.reason, explanation.detail
    caller = () if event.kind is EventKind.OTHER else tuple(event.caller)
    kind = "http" if event.kind is EventKind.HTTP else "other"
    status = event.status if kind == "http" else None
    calls = (len(event.llm_calls), sum(call.prompt_tokens or 0 for call in event.llm_calls), len(event.agent_calls))
    return kind, event.event_id, caller, STATUS_UNKNOWN if status is None else status, calls


def metered_as(events: IdentifiedEvents, index: int, kind: str) -> tuple[Any, ...]:
    rows_of = {name: of_event(events, name, index) for name in events.usage}
    keys = [key for rows in rows_of.values() for key, _ in rows]
    status = rows_of[API_USAGE_ROLLUP.name][0][0][API_USAGE_KEY_STATUS] if kind == "http" else STATUS_UNKNOWN
    llm, agentic = rows_of.get(LLM_USAGE_ROLLUP.name, []), rows_of.get(AGENTIC_USAGE_ROLLUP.name, [])
    prompt = LLM_USAGE_ROLLUP.sums.index("prompt_tokens")
    callers = {key[: len(CALLER)] for key in keys}
    assert len(callers) <= 1
    calls = (len(llm), sum(sums[prompt] for _, sums in llm), len(agentic))
    return kind, events.event_ids[index], next(iter(callers), ()), status, calls


API_USAGE_KEY_STATUS = [column.name for column in API_USAGE_ROLLUP.table.dimensions].index("status")


def of_event(events: IdentifiedEvents, name: str, index: int) -> list[tuple[Any, list[int]]]:
    """Key and sums of each row of one event."""
    rows = events.usage[name]
    owners = range(len(rows.keys)) if rows.event_indexes is None else rows.event_indexes
    return [
        (rows.keys[row], [column[row] for column in rows.sums]) for row, owner in enumerate(owners) if owner == index
    ]


def metered(batch: EventBatch) -> Outcome:
    found: Outcome = Counter(("dead_letter", each.reason, each.detail) for each in batch.rejections)
    for kind, events in (("http", batch.requests), ("other", batch.others)):
        found.update(metered_as(events, index, kind) for index in range(len(events.event_ids)))
    return found


@given(TEXTS_OF_EVENTS)
def test_any_event_is_explained_as_it_is_metered(text: bytes) -> None:
    explanation = Counter(map(explained_as, explain_decoding(text, TimeRange())))
    assert explanation == metered(DECODERS.decode("kong-log", [text], ANYWHERE))


@example(b'{"latencies": {"request": 9e18}, "request": {"id": "a"}, "response": {}, "started_at": 1770112861007}')
@given(TEXTS_OF_EVENTS)
def test_decode_names_as_many_ignored_fields_as_are_counted(text: bytes) -> None:
    named = sum(len(event.ignored_fields) for event in explain_decoding(text, TimeRange()))
    assert named == DECODERS.decode("kong-log", [text], ANYWHERE).ignored_fields


@given(st.one_of(PLAIN, REQUESTS), st.data())
def test_a_damaged_event_is_explained_as_it_is_metered(document: Any, data: st.DataObject) -> None:
    text = bytearray(json.dumps(document, ensure_ascii=False).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.sampled_from(list(b'{}[]",:\\0e-.xu\t\xff')))
    explanation = Counter(map(explained_as, explain_decoding(bytes(text), TimeRange())))
    assert explanation == metered(DECODERS.decode("kong-log", [bytes(text)], ANYWHERE))
