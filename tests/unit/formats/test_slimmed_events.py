"""What a door sends of an event is counted as the whole event would be, and holds nothing else."""

import json
import re
from typing import Any

import pytest

from tests.support.counted_lines import counted, explained
from tests.support.slim_corpus import RECORDED, TEXT_LINES, Recorded
from tests.support.slim_lines import SLIM

BY_NAME = pytest.mark.parametrize("event", RECORDED, ids=[f"{each.log_format}-{each.name}" for each in RECORDED])


def assert_slimmed(log_format: str, line: bytes) -> bytes:
    slim = SLIM(log_format, line)
    assert counted(log_format, slim) == counted(log_format, line)
    assert explained(log_format, slim) == explained(log_format, line)
    assert counted(log_format, SLIM(log_format, slim)) == counted(log_format, line)
    return slim


@BY_NAME
def test_a_recorded_event_is_counted_as_the_whole_one(event: Recorded) -> None:
    assert_slimmed(event.log_format, event.line)
    assert_slimmed(event.log_format, b"[" + event.line + b"," + event.line + b"]")


LEFT_OUT = re.compile(rb"api_key|k3y-in-the-query|/orders/|127\.0|203\.0|curl|www|sid=|k=s|example")


@pytest.mark.parametrize(("log_format", "line"), TEXT_LINES)
def test_a_line_of_text_is_counted_without_what_clients_wrote(log_format: str, line: bytes) -> None:
    slim = assert_slimmed(log_format, line)
    assert LEFT_OUT.search(line)
    assert not LEFT_OUT.search(slim)


SECRETS = {
    "authorization": "Bearer s3cr3t",
    "cookie": "sid=s3cr3t",
    "client_ip": "s3cr3t",
    "querystring": {"token": "s3cr3t"},
    "body": "s3cr3t",
    "messages": [{"role": "user", "content": "s3cr3t"}],
}


def with_secrets(value: Any) -> Any:
    """`value` with secrets in every object, and in every text that is JSON or a list of attributes."""
    if isinstance(value, dict):
        return {**{name: with_secrets(each) for name, each in value.items()}, **SECRETS}
    if isinstance(value, list):
        attribute = {"key": "http.request.header.authorization", "value": {"stringValue": "Bearer s3cr3t"}}
        further = [attribute] if any(isinstance(each, dict) and "key" in each for each in value) else []
        return [*map(with_secrets, value), *further]
    if isinstance(value, str) and value.startswith("{"):
        return json.dumps(with_secrets(json.loads(value)))
    if isinstance(value, str) and "data: {" in value:
        return "\n".join(_line_with_secrets(line) for line in value.splitlines())
    return value


def _line_with_secrets(line: str) -> str:
    name, mark, text = line.partition("data: ")
    return f"{name}{mark}{json.dumps(with_secrets(json.loads(text)))}" if text.startswith("{") else line


@BY_NAME
def test_secrets_anywhere_in_an_event_are_left_out(event: Recorded) -> None:
    planted = Recorded(event.log_format, event.name, with_secrets(event.document))
    assert b"s3cr3t" in planted.line
    assert b"s3cr3t" not in assert_slimmed(planted.log_format, planted.line)
