"""Whatever JSON says, reading it ends in a reading or a rejection, and does not depend on the order of keys."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, EventKind
from gatemeter.formats.cloudevents.event import is_cloud_event, read_cloud_event
from tests.support.cloud_events import reversed_keys

NUMBERS = [-1, 0, 7, 2**63 - 1, 2**63, 10**400, Decimal("1.5"), Decimal("1E+999999999"), Decimal("1E-999999999")]
NO_NUMBERS = [Decimal("Infinity"), Decimal("-Infinity"), Decimal("NaN")]
TEXTS = ["", "a", "75", " 7e1 ", "1e999999999", "9" * 5000, "\ud800", "\x00", "consumer:x", '{"tokens":1e99,"model":1}']
TYPES = ["kong.api_request", "kong.llm_request", "kong.other", "request", "prompt"]
TIMES = ["2026-02-03T10:00:00Z", "2026-02-03T10:00:00.1+14:00"]
SCALARS = st.sampled_from([None, True, *NUMBERS, *NO_NUMBERS, *TEXTS]) | st.text(max_size=5) | st.integers()
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner), max_leaves=8
)
DATA_FIELDS = (
    *("type", "tokens", "prompt_tokens", "completion_tokens", "input_tokens", "output_tokens", "total_tokens"),
    *("model", "request_model", "response_model", "provider", "cache_status", "ai_plugin_name", "ai_plugin_id"),
    *("method", "request_method", "path", "status", "status_code", "http_status", "response_http_status"),
    *("request_size_bytes", "response_size_bytes", "service_id", "service_name", "route_id", "route_name"),
)
USABLE = st.sampled_from([1, 200, "3", "m", "request", "response", "Hit"])
DATA = st.dictionaries(st.sampled_from(DATA_FIELDS), USABLE | SCALARS, max_size=10)
EVENTS = st.fixed_dictionaries(
    {"source": st.just("gw") | SCALARS, "id": st.just("1") | SCALARS, "time": st.sampled_from(TIMES) | SCALARS},
    optional={
        "specversion": ANY_JSON,
        "type": st.sampled_from(TYPES) | ANY_JSON,
        "subject": ANY_JSON,
        "data": DATA | ANY_JSON,
        "data_base64": ANY_JSON,
    },
)


def outcome(document: dict[str, Any]) -> tuple[AccessEvent | str, list[str]]:
    ignored_fields: list[str] = []
    try:
        return read_cloud_event(document, ignored_fields), sorted(ignored_fields)
    except RejectedEvent as rejection:
        return rejection.reason, []


@given(EVENTS)
def test_an_event_is_read_or_rejected_whatever_its_fields_hold(document: dict[str, Any]) -> None:
    read, ignored_fields = outcome(document)
    assert (read, ignored_fields) == outcome(reversed_keys(document))
    assert len(ignored_fields) == len(set(ignored_fields))
    if isinstance(read, AccessEvent):
        assert (len(read.llm_calls) == 1) == (read.kind is EventKind.LLM)
        repr(read).encode("utf-8")


@given(ANY_JSON)
def test_any_json_value_is_a_cloud_event_or_not(document: Any) -> None:
    is_one = is_cloud_event(document)
    assert is_one in {True, False}
    assert not is_one or outcome(document) == outcome(reversed_keys(document))


@given(st.dictionaries(st.text(), ANY_JSON))
def test_any_object_is_read_or_rejected(document: dict[str, Any]) -> None:
    assert outcome(document) == outcome(reversed_keys(document))
