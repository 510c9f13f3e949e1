"""Strategies for Kong events of every shape that was seen or is to be expected, as JSON text."""

import json
from typing import Any

from hypothesis import strategies as st

from tests.support.kong_events import MARCH_MS, STARTED_AT_MS

ODD_VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, "", "abc", "75", " 7 ", "7.5e1", -1, 0, 3, 2.0, 1.5, 2**63, 10**30, [], {}, [1], {"id": 1}]
)
TEXTS: st.SearchStrategy[Any] = st.one_of(st.sampled_from(["a", "b", "ü", "\x00", ""]), ODD_VALUES)
NUMBERS: st.SearchStrategy[Any] = st.one_of(st.integers(0, 1000), ODD_VALUES)
TIMES: st.SearchStrategy[Any] = st.one_of(st.integers(STARTED_AT_MS, MARCH_MS), st.just(STARTED_AT_MS), ODD_VALUES)


def some_of(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional=fields)


ENTITY = st.one_of(some_of({"id": TEXTS, "name": TEXTS, "tags": ODD_VALUES}), ODD_VALUES)
REQUEST = some_of({"method": TEXTS, "size": NUMBERS, "headers": ODD_VALUES})
RESPONSE = some_of({"status": NUMBERS, "size": NUMBERS})
LATENCIES = some_of({"request": NUMBERS, "proxy": NUMBERS, "kong": NUMBERS, "receive": NUMBERS})
CONSUMER = some_of({"id": TEXTS, "username": TEXTS, "custom_id": TEXTS})

OPTIONAL_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "latencies": st.one_of(LATENCIES, ODD_VALUES),
    "consumer": st.one_of(CONSUMER, ODD_VALUES),
    "authenticated_entity": st.one_of(some_of({"consumer_id": TEXTS, "id": TEXTS}), ODD_VALUES),
    "service": ENTITY,
    "route": ENTITY,
    "workspace": TEXTS,
    "source": TEXTS,
    "tries": ODD_VALUES,
}


@st.composite
def request_events(draw: st.DrawFn, ids: st.SearchStrategy[str]) -> dict[str, Any]:
    """An event with a request id, and nearly always the fields without which it is rejected."""
    event = draw(some_of(OPTIONAL_FIELDS))
    event["request"] = {"id": draw(ids), **draw(REQUEST)}
    event["response"] = draw(st.one_of(RESPONSE, RESPONSE, ODD_VALUES))
    event["started_at"] = draw(TIMES)
    return dict(draw(st.permutations(list(event.items()))))


SESSIONS: st.SearchStrategy[Any] = st.just({"session": {"status": 200}, "started_at": STARTED_AT_MS})


def text_of(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()
