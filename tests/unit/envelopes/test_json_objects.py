"""JSON objects in which shippers carry lines, in the shapes that their programs write."""

import json
from typing import Any

import pytest

from gatemeter.envelopes.json_objects import ONE_ELEMENT, open_object
from gatemeter.errors import RejectedEvent
from gatemeter.lenient.document import parse_json

TEXT = '{"started_at":1,"request":{"id":"r"}}'


def is_event(value: Any) -> bool:
    return isinstance(value, dict) and "started_at" in value


FLUENT, BEAT = "Fluent Bit or Fluentd", "Filebeat or Logstash"


@pytest.mark.parametrize(
    ("document", "envelope"),
    [
        ({"log": TEXT + "\n", "stream": "stdout", "time": "2026-01-01T00:00:00.053Z"}, "Docker json-file"),
        (
            {"log": TEXT + "\n", "stream": "stdout", "time": "2026-01-01T00:00:00Z", "attrs": {"a": "b"}},
            "Docker json-file",
        ),
        ({"@timestamp": 1767225600.053, "log": TEXT}, FLUENT),
        ({"date": 1767225600.053, "log": TEXT}, FLUENT),
        ({"@timestamp": "2026-01-01T00:00:00.053Z", "message": TEXT}, FLUENT),
        (
            {"log": TEXT + "\n", "stream": "stdout", "time": "2026-01-01T00:00:00Z", "kubernetes": {"pod_name": "p"}},
            FLUENT,
        ),
        ({"@timestamp": 1.5, "time": "2026-01-01T00:00:00Z", "stream": "stdout", "_p": "F", "log": TEXT}, FLUENT),
        ({"log": TEXT, "container_id": "1f", "container_name": "/kong", "source": "stdout"}, FLUENT),
        ({"stream": "stdout", "logtag": "F", "message": TEXT, "time": "2026-01-01T00:00:00Z"}, FLUENT),
        (
            {
                "@timestamp": "2026-01-01T00:00:00.053Z",
                "@metadata": {"beat": "filebeat", "type": "_doc", "version": "8.15.0"},
                "message": TEXT,
                "log": {"offset": 0, "file": {"path": "/var/log/kong/access.json"}},
                "agent": {"id": "a-1", "type": "filebeat"},
                "ecs": {"version": "8.0.0"},
                "host": {"name": "gw-1"},
            },
            BEAT,
        ),
        ({"@timestamp": "2026-01-01T00:00:00.053Z", "@version": "1", "message": TEXT, "host": "gw-1"}, BEAT),
        (
            {
                "file": "/var/log/kong/access.json",
                "host": "gw-1",
                "message": TEXT,
                "source_type": "file",
                "timestamp": "2026-01-01T00:00:00.053Z",
            },
            "Vector",
        ),
    ],
)
def test_each_shippers_object_carries_the_line(document: dict[str, Any], envelope: str) -> None:
    opened = open_object(parse_json(json.dumps(document)), is_event)
    assert opened is not None
    assert (opened.envelope, opened.content, opened.is_ended) == (envelope, TEXT.encode(), True)


def test_a_single_element_carries_the_event() -> None:
    opened = open_object({"message": {"started_at": 1}, "source": "kong", "labels": {"env": "prod"}}, is_event)
    assert opened is not None
    assert (opened.envelope, opened.content, opened.member) == (ONE_ELEMENT, {"started_at": 1}, "message")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"message": TEXT},
        {"message": TEXT, "time": "2026-01-01T00:00:00Z", "level": "info"},
        {"log": TEXT},
        {"log": [TEXT], "stream": "stdout", "time": "2026-01-01T00:00:00Z"},
        {"message": TEXT, "@timestamp": True},
        {"data": {"a": 1}},
        {"one": {"started_at": 1}, "two": {"started_at": 2}},
        {"data": [1]},
    ],
)
def test_other_objects_stay_closed(document: dict[str, Any]) -> None:
    assert open_object(document, is_event) is None


@pytest.mark.parametrize("mark", [{"logtag": "P"}, {"_p": "P"}, {"partial_message": "true"}])
def test_a_piece_that_says_so_is_named_as_one(mark: dict[str, str]) -> None:
    with pytest.raises(RejectedEvent) as raised:
        open_object({"log": TEXT[:9], "stream": "stdout", "@timestamp": 1, **mark}, is_event)
    assert raised.value.reason == "partial_line"


def test_a_line_of_docker_without_its_end_is_not_ended() -> None:
    opened = open_object({"log": TEXT[:9], "stream": "stdout", "time": "2026-01-01T00:00:00Z"}, is_event)
    assert opened is not None
    assert not opened.is_ended


def test_a_line_of_journald_is_opened_unless_it_is_a_piece() -> None:
    entry = {"__REALTIME_TIMESTAMP": "1767225600053000", "_SYSTEMD_UNIT": "kong.service", "MESSAGE": TEXT}
    opened = open_object(entry, is_event)
    assert opened is not None
    assert (opened.envelope, opened.content) == ("journald", TEXT.encode())
    with pytest.raises(RejectedEvent, match="cut the line"):
        open_object({**entry, "_LINE_BREAK": "line-max"}, is_event)


def test_a_line_of_journald_that_is_not_text_is_read_from_its_bytes() -> None:
    line = b'{"started_at":1,"path":"\xff"}'
    opened = open_object({"MESSAGE": list(line + b"\n"), "_SYSTEMD_UNIT": "kong.service"}, is_event)
    assert opened is not None
    assert (opened.envelope, opened.content) == ("journald", line)


@pytest.mark.parametrize("content", [[], [1, 256], [1, -1], [True], [1.0], ["a"], [[1]], None])
def test_an_array_that_does_not_hold_bytes_is_no_line_of_journald(content: Any) -> None:
    assert open_object({"MESSAGE": content, "_SYSTEMD_UNIT": "kong.service"}, is_event) is None


def test_an_array_of_bytes_is_a_line_of_journald_alone() -> None:
    assert open_object({"log": list(b"{}"), "stream": "stdout", "time": "2026-01-01T00:00:00Z"}, is_event) is None
