"""A mapping that a process was given is a format of that process; messages name it by what it says."""

import json
from pathlib import Path

import pytest

from gatemeter.errors import InputError
from gatemeter.events.access_event import TimeRange
from gatemeter.formats import registry
from gatemeter.formats.decoders import Decoders
from gatemeter.formats.event_counter import EventCounter
from gatemeter.formats.explain import explain_decoding
from gatemeter.shipping.shipper import MessageCounts
from tests.support.kong_events import request_line
from tests.support.positions import ANYWHERE

MAPPING = """
name = "orders"
identity = { kind = "id", paths = ["id"] }
time = { path = "at", unit = "ms" }
"""
EVENT = b'{"id":"a","at":1772000000123}'


@pytest.fixture
def name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    path = tmp_path / "orders.toml"
    path.write_text(MAPPING, encoding="utf-8")
    monkeypatch.setattr(registry, "_given", {})
    return registry.give_mapping(path)


def test_messages_that_name_it_are_read_by_it_alone(name: str) -> None:
    batch = Decoders(TimeRange()).decode(name, [EVENT + b"\n" + request_line("r")], ANYWHERE)
    assert batch.requests.event_ids == ["a"]
    assert [each.reason for each in batch.rejections] == ["request_id_missing"]
    assert EventCounter(TimeRange()).count(name, EVENT) == MessageCounts(1, 0)


def test_other_messages_are_read_as_before(name: str) -> None:
    batch = Decoders(TimeRange()).decode("kong-log", [EVENT, request_line("r")], ANYWHERE)
    assert batch.requests.event_ids == ["r"]
    assert name not in Decoders(TimeRange()).decode("kong-log", [EVENT], ANYWHERE).rejections[0].detail


def test_process_without_it_keeps_the_message_for_later(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, given = registry.shown_name(name), dict(registry._given)
    monkeypatch.setattr(registry, "_given", {})
    (rejection,) = Decoders(TimeRange()).decode(name, [EVENT], ANYWHERE).rejections
    masked = registry.shown_name(name)
    assert (rejection.reason, rejection.original, shown) == ("unknown_format", EVENT, name)
    assert name not in masked
    monkeypatch.setattr(registry, "_given", given)
    assert registry.name_of_shown(masked) == name


WITHOUT_ID = """
name = "orders"
identity = { kind = "position" }
time = [{ path = "timestamp", unit = "rfc3339" }, { path = "time", unit = "rfc3339" }]
caller.id = "tenant"
fields.status = "code"
"""
TENANTS = b'{"timestamp":"2026-02-03T10:00:00Z","code":200,"tenant":"acme"}'
AT = "2026-02-03T10:00:05Z"


@pytest.fixture
def name_without_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    path = tmp_path / "orders.toml"
    path.write_text(WITHOUT_ID, encoding="utf-8")
    monkeypatch.setattr(registry, "_given", {})
    return registry.give_mapping(path)


@pytest.mark.parametrize(
    "members",
    [
        {"log": TENANTS.decode() + "\n", "stream": "stdout", "time": AT},
        {"message": TENANTS.decode(), "source_type": "file", "timestamp": AT},
        {"log": TENANTS.decode(), "timestamp": AT, "kubernetes": {"pod_name": "a"}},
        {"message": TENANTS.decode(), "@timestamp": AT, "timestamp": AT, "agent": {}},
    ],
)
def test_an_envelope_with_the_time_of_the_mapping_is_opened(members: dict[str, object], name_without_id: str) -> None:
    (explanation,) = explain_decoding(json.dumps(members).encode(), TimeRange(), name_without_id)
    assert explanation.event is not None
    assert (explanation.event.consumer.id, explanation.event.started_at_ms) == ("acme", 1_770_112_800_000)
    assert len(explanation.envelopes) == 1


def test_an_event_with_the_members_of_an_envelope_is_not_opened(name_without_id: str) -> None:
    event = json.loads(TENANTS) | {"tenant": "other", "log": TENANTS.decode(), "stream": "stdout", "time": AT}
    (explanation,) = explain_decoding(json.dumps(event).encode(), TimeRange(), name_without_id)
    assert explanation.event is not None
    assert explanation.event.consumer.id == "other"


def test_an_object_that_tells_nothing_but_a_time_is_no_request(name_without_id: str) -> None:
    line = b'{"timestamp":"2026-02-03T10:00:00Z","level":"info","message":"started"}'
    (explanation,) = explain_decoding(line, TimeRange(), name_without_id)
    assert explanation.reason == "not_an_access_log_event"


CALLERS = """
name = "tenants"
base = "kong-log"

[caller]
id = [{ path = "request.headers.x-tenant", without_prefix = "tenant:" }, "jwt.sub"]
otherwise = { path = "request.headers.apikey", hash = true }
team = "jwt.team"
"""
HEADERS = b'"headers":{"x-tenant":"tenant:t-1","apikey":"k"}'


def given_callers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str = CALLERS) -> str:
    path = tmp_path / "tenants.toml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(registry, "_given", {})
    return registry.give_mapping(path)


def test_callers_of_a_format_may_be_named_by_other_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = given_callers(tmp_path, monkeypatch)
    line = request_line("r").replace(b'"request":{', b'"jwt":{"team":"blue"},"request":{%s,' % HEADERS)
    with_key = line.replace(b"tenant:t-1", b"").replace(b'"consumer"', b'"no_consumer"')
    batch = Decoders(TimeRange()).decode(name, [line, with_key, request_line("s")], ANYWHERE)
    assert batch.requests.event_ids == ["r", "r", "s"]
    hashed_key, consumer_of_kong = "sha256:8254c329a92850f6", "con-1"
    assert [key[1] for key in batch.requests.api_usage.keys] == ["t-1", hashed_key, consumer_of_kong]


def test_base_that_is_not_json_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for base in ("nginx-combined", "nobody"):
        with pytest.raises(InputError, match=f"base: {base}"):
            given_callers(tmp_path, monkeypatch, CALLERS.replace("kong-log", base))


def test_mapping_of_callers_says_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="fields: Extra inputs"):
        given_callers(tmp_path, monkeypatch, CALLERS + "[fields]\nmethod = 'm'")
