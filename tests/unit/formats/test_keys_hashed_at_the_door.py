"""Of a key that is read as a hash, the hash alone leaves a door; and it bills whom the key bills."""

import json
from pathlib import Path
from typing import Any

import pytest

from gatemeter.formats import registry
from gatemeter.formats.slimming.slimmer import Slimmer
from gatemeter.lenient.carried_hash import carried_hash, hashed_key, key_hash
from tests.support.kong_events import request_line
from tests.support.repository import ROOT

FIXTURES = ROOT / "tests" / "fixtures"
KEY = "AK-very-secret-1"
CALLERS = """
name = "tenants"
base = "kong-log"
source = "a test"

[caller]
otherwise = { path = "request.headers.apikey", hash = true }
"""


def read_consumer(log_format: str, line: bytes) -> Any:
    reader = registry.reader_of(log_format)
    assert reader is not None
    [event] = reader.events(line)
    return reader.read(event, []).consumer


@pytest.fixture
def tenants(tmp_path: Path) -> str:
    path = tmp_path / "tenants.toml"
    path.write_text(CALLERS)
    return registry.give_mapping(path)


def test_a_header_s_key_leaves_as_its_hash(tenants: str) -> None:
    event = json.loads(request_line("e1"))
    event["request"]["headers"] = {"apikey": KEY, "authorization": "Basic eHl6"}
    line = json.dumps(event).encode()
    cut = Slimmer("8").text(tenants, line)
    assert KEY.encode() not in cut
    assert b"eHl6" not in cut
    assert read_consumer(tenants, cut) == read_consumer(tenants, line)
    assert key_hash(KEY) in str(read_consumer(tenants, cut))


def test_a_key_of_tyk_leaves_as_its_hash() -> None:
    record = json.loads((FIXTURES / "how_to" / "tyk.json").read_bytes().splitlines()[0])
    line = json.dumps({**record, "api_key": KEY, "response_code": 200}).encode()
    cut = Slimmer("8").text("tyk", line)
    assert KEY.encode() not in cut
    assert read_consumer("tyk", cut) == read_consumer("tyk", line)


@pytest.mark.parametrize("text", ['""', '"-"', "null", "true", "{}", "[]"])
def test_what_is_no_key_stays_what_it_is(text: str) -> None:
    assert hashed_key(("", "-"), "")(text.encode()) == text.encode()


@pytest.mark.parametrize(
    "found",
    [
        "gatemeter_sha256",
        {"gatemeter_sha256": 1},
        {"gatemeter_sha256": "short"},
        {"gatemeter_sha256": "0" * 16, "x": 1},
    ],
)
def test_only_what_a_door_leaves_is_a_carried_hash(found: Any) -> None:
    assert carried_hash(found) is None
