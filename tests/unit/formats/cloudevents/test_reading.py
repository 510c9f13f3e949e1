"""What CloudEvents are read as, and every reason why one is rejected."""

import dataclasses
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, Consumer, EventKind
from gatemeter.formats.cloudevents.event import is_cloud_event, read_cloud_event
from gatemeter.llm.call import LlmCall
from tests.support.cloud_events import NAMES, recorded, reversed_keys

ENVELOPE = {"specversion": "1.0", "source": "gw", "id": "1", "type": "request", "time": "2026-02-03T10:00:00Z"}
KONG = {**ENVELOPE, "type": "kong.api_request"}
LLM = {**ENVELOPE, "type": "kong.llm_request"}


def call_members(call: LlmCall) -> dict[str, Any]:
    """What differs from a call of which nothing is known."""
    default = LlmCall(outcome=call.outcome, tokens_evidence=call.tokens_evidence)
    members = msgspec.structs.asdict(call)
    members |= members.pop("units")
    known = {name: value for name, value in members.items() if value != getattr(default, name, 0)}
    return {"outcome": call.outcome.value, "tokens_evidence": call.tokens_evidence.value, **known}


def summary(event: AccessEvent) -> dict[str, Any]:
    """What the event says, without the members that have no value."""
    members = dataclasses.asdict(event)
    for name in ("consumer", "service", "route"):
        members[name] = {part: value for part, value in members[name].items() if value}
    known = {name: value for name, value in members.items() if value not in ("", None, {}, [])}
    known["kind"] = event.kind.value
    assert (known.pop("identity"), known.pop("takes_message_time")) == ("id", False)
    calls = [call_members(call) for call in event.llm_calls]
    return {name: value for name, value in known.items() if name != "llm_calls"} | ({"llm": calls[0]} if calls else {})


def read(document: dict[str, Any]) -> AccessEvent:
    return read_cloud_event(document, [])


def reason_of(document: dict[str, Any]) -> str:
    with pytest.raises(RejectedEvent) as rejection:
        read_cloud_event(document, [])
    return rejection.value.reason


@pytest.mark.parametrize("name", NAMES)
class TestRecordedEvents:
    def test_it_is_read_as_the_fixture_expects(self, name: str) -> None:
        case, ignored_fields = recorded(name), list[str]()
        assert summary(read_cloud_event(case["event"], ignored_fields)) == case["expected"], case["fact"]
        assert sorted(ignored_fields) == sorted(case["ignored_fields"])

    def test_is_read_alike_with_its_keys_in_another_order(self, name: str) -> None:
        event = recorded(name)["event"]
        assert list(reversed_keys(event)) != list(event)
        assert read(reversed_keys(event)) == read(event)


class TestIsCloudEvent:
    @pytest.mark.parametrize(
        "document",
        [{"specversion": "1.0"}, {"specversion": None}, {"type": "t", "source": "s", "id": "i"}],
    )
    def test_an_envelope_is_recognized_by_its_attributes(self, document: object) -> None:
        assert is_cloud_event(document)

    @pytest.mark.parametrize("part", ["request", "response", "session"])
    def test_a_log_event_with_the_same_members_is_not_one(self, part: str) -> None:
        fields = {"specversion": "1.0", "type": "t", "source": "upstream", "id": "i"}
        assert not is_cloud_event({**fields, part: {}})
        assert is_cloud_event({**fields, part: None})

    @pytest.mark.parametrize("document", [{}, {"type": "t", "source": "s"}, [], None, "specversion", 7, Decimal(1)])
    def test_anything_else_is_not_recognized(self, document: object) -> None:
        assert not is_cloud_event(document)


class TestIdentity:
    @pytest.mark.parametrize("name", ["source", "id"])
    @pytest.mark.parametrize("value", [None, "", [], {}, True, 10**40, Decimal("1.5")])
    def test_both_parts_are_required(self, name: str, value: object) -> None:
        assert reason_of({**ENVELOPE, name: value}) == "cloudevent_invalid"

    def test_an_absent_part_is_named(self) -> None:
        with pytest.raises(RejectedEvent, match="no usable source and id"):
            read({"specversion": "1.0"})

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (("a", "b\nc"), ("a\nb", "c")),
            (("a", '","b'), ('a","', "b")),
            (("a", "?"), ("a", "\ud800")),
            (("a", r"\ud800"), ("a", "\ud800")),
            (("a", "1"), ("1", "a")),
        ],
    )
    def test_two_pairs_never_share_an_identity(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        identities = {read({**ENVELOPE, "source": source, "id": own}).event_id for source, own in (one, other)}
        assert len(identities) == 2

    def test_a_subject_is_told_from_one_that_spells_its_escape(self) -> None:
        subjects = {read({**ENVELOPE, "subject": f"consumer:{text}"}).consumer.id for text in ("\ud800", r"\ud800")}
        assert len({each.encode() for each in subjects}) == 2

    def test_only_source_and_id_count(self) -> None:
        assert read(ENVELOPE).event_id == read({**KONG, "subject": "consumer:x", "data": {"a": 1}}).event_id

    def test_it_can_be_stored_and_differs_from_any_request_id(self) -> None:
        event_id = read({**ENVELOPE, "source": "/gw/ü", "id": 17}).event_id
        assert event_id == 'ce:["/gw/\\u00fc","17"]'


class TestTime:
    @pytest.mark.parametrize(
        "time", [17, Decimal("1.5"), [], "", "soon", "2026-02-03T10:00:00", "2026-02-30T10:00:00Z"]
    )
    def test_a_value_that_is_not_a_time_is_rejected(self, time: object) -> None:
        assert reason_of({**ENVELOPE, "time": time}) == "started_at_invalid"

    @pytest.mark.parametrize("document", [{**ENVELOPE, "time": None}, {"source": "s", "id": "i"}])
    def test_without_a_time_that_of_its_message_counts(self, document: dict[str, Any]) -> None:
        event = read(document)
        assert event.takes_message_time
        assert event.at_its_time(1_772_000_000_123).started_at_ms == 1_772_000_000_123
        with pytest.raises(RejectedEvent, match="started_at_missing"):
            event.at_its_time(None)


class TestSubject:
    @pytest.mark.parametrize(
        ("subject", "consumer_id"),
        [
            pytest.param("consumer:9a4f", "9a4f", id="consumer id, as the plugin writes it"),
            pytest.param("consumer:a:b", "a:b", id="only the first prefix goes"),
            pytest.param("alice", "alice", id="a user name, as older instructions say"),
            pytest.param("application:app-1", "application:app-1", id="an application is kept whole"),
            pytest.param(42, "42", id="number"),
        ],
    )
    def test_it_names_the_consumer_without_the_prefix(self, subject: object, consumer_id: str) -> None:
        assert read({**ENVELOPE, "subject": subject}).consumer == Consumer(id=consumer_id)

    @pytest.mark.parametrize("subject", [None, "", "consumer:", [], True])
    def test_without_a_subject_the_consumer_is_unknown(self, subject: object) -> None:
        assert read({**ENVELOPE, "subject": subject}).consumer == Consumer()


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("abc", "status_invalid"),
        ("", "status_invalid"),
        (True, "status_invalid"),
        ([200], "status_invalid"),
        (Decimal("200.5"), "status_invalid"),
        (2**63, "status_out_of_range"),
        ("-9223372036854775809", "status_out_of_range"),
        (Decimal("1E+999999999"), "status_out_of_range"),
        (Decimal("Infinity"), "status_out_of_range"),
        ("9" * 5000, "status_out_of_range"),
    ],
)
class TestUnusableStatus:
    def test_it_rejects_an_api_request(self, status: object, reason: str) -> None:
        assert reason_of({**KONG, "data": {"response_http_status": status}}) == reason

    def test_it_rejects_an_llm_call(self, status: object, reason: str) -> None:
        assert reason_of({**LLM, "data": {"type": "request", "tokens": 1, "http_status": status}}) == reason


@pytest.mark.parametrize("name", ["request_size", "response_size"])
@pytest.mark.parametrize("size", [2**63, "9" * 5000, Decimal("1E+999999999"), Decimal("-1E+400"), Decimal("Infinity")])
def test_a_size_outside_64_bits_is_rejected(name: str, size: object) -> None:
    assert reason_of({**KONG, "data": {f"{name}_bytes": size}}) == f"{name}_out_of_range"


@pytest.mark.parametrize("size", [Decimal("7.9"), "7.0", 7])
def test_of_a_size_the_fraction_is_dropped(size: object) -> None:
    assert read({**KONG, "data": {"request_size_bytes": size}}).request_bytes == 7


@pytest.mark.parametrize(
    "tokens", [-1, "-5", Decimal("1.5"), 2**63, "9" * 400, Decimal("Infinity"), True, "many", [], {}]
)
def test_unusable_tokens_are_ignored_and_the_event_counts(tokens: object) -> None:
    ignored_fields: list[str] = []
    (call,) = read_cloud_event({**LLM, "data": {"type": "request", "tokens": tokens}}, ignored_fields).llm_calls
    assert (call.calls, call.prompt_tokens, call.total_tokens, call.tokens_evidence) == (1, None, None, "missing")
    assert ignored_fields == ["data.tokens"]


@pytest.mark.parametrize(
    "event_type", ["request", "api_request", "api-request", "http.request", "api-calls", "api_calls"]
)
def test_usual_types_of_api_requests(event_type: str) -> None:
    assert read({**ENVELOPE, "type": event_type}).kind is EventKind.HTTP


@pytest.mark.parametrize(
    "name", ["method", "request_method", "path", "route", "uri", "status", "status_code", "http_status"]
)
def test_fields_by_which_data_is_an_api_request(name: str) -> None:
    assert read({**ENVELOPE, "type": "x", "data": {name: "200"}}).kind is EventKind.HTTP
    assert read({**ENVELOPE, "type": "x", "data": {name: None}}).kind is EventKind.OTHER


@pytest.mark.parametrize("data", ["", "no JSON", '{"a":', "[" * 100_000, 7, True, [{}], '"{}"'])
def test_unreadable_data_is_ignored_and_named(data: object) -> None:
    ignored_fields: list[str] = []
    assert read_cloud_event({**KONG, "data": data}, ignored_fields).kind is EventKind.HTTP
    assert ignored_fields == ["data"]


def test_personal_data_is_never_part_of_a_reading() -> None:
    data = {
        "client_ip": "203.0.113.9",
        "request_uri": "/me?secret",
        "uri": "/me?secret",
        "request_user_agent": "secret",
    }
    for event_type in ("kong.api_request", "kong.llm_request", "request", "x"):
        text = repr(read({**ENVELOPE, "type": event_type, "data": data}))
        assert "secret" not in text
        assert "203.0.113.9" not in text
