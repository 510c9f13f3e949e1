"""Bodies, query strings and keys under names of anybody's choosing are taken out of dead letters."""

import json

import pytest

from gatemeter.events.redaction import redact


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ocp-apim-subscription-key", "s-1"),
        ("x-functions-key", "s-1"),
        ("private_key", "s-1"),
        ("aws_secret_access_key", "s-1"),
        ("api_token", "s-1"),
        ("private-token", "s-1"),
        ("pwd", "s-1"),
        ("original_request", "tell me s-1"),
        ("original", "John s-1"),
        ("querystring", {"email": "s-1", "n": ["s-1", "}"]}),
        ("uri", "/a?email=s-1&x=\\"),
        ("upstream_uri", "/a?s-1"),
    ],
)
@pytest.mark.parametrize("cut", [0, 2])
def test_it_is_redacted_in_whole_and_cut_dead_letters(name: str, value: object, cut: int) -> None:
    raw = json.dumps({"status": "bad", name: value}).encode()
    assert b"s-1" not in redact(raw[: len(raw) - cut])


def test_payloads_are_redacted_and_metered_objects_of_their_name_kept() -> None:
    payload = {"request": 'my "medical" prompt', "response": "an answer"}
    event = {"request": {"id": "r", "size": 7}, "response": {"status": 200}, "ai": {"proxy": {"payload": payload}}}
    kept = json.loads(redact(json.dumps(event).encode()))
    assert kept["ai"]["proxy"]["payload"] == {"request": "REDACTED", "response": "REDACTED"}
    assert (kept["request"], kept["response"]) == (event["request"], event["response"])
