"""Of a rejected event only numbers, times, known words and the gateway's own ids are kept in clear."""

import json
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from gatemeter.events.masking import RAW_LIMIT_BYTES, mask_text
from gatemeter.events.rejection import Rejection
from gatemeter.events.shapes import number
from gatemeter.formats.registry import format_names, shown_name
from gatemeter.wire.frames import DEFAULT_FORMAT, OVERSIZED_FORMAT
from tests.support.logs import DECODERS
from tests.support.positions import ANYWHERE
from tests.support.repository import ROOT

PROBES = [
    json.loads(line)
    for name in ("dead_letters", "names")
    for line in (ROOT / f"tests/fixtures/secrets/{name}.ndjson").read_text(encoding="utf-8").splitlines()
]
SECRET = "S3CRET-zz"


def rejected(text: bytes | str | dict[str, Any]) -> Rejection:
    encoded = json.dumps(text) if isinstance(text, dict) else text
    raw = encoded if isinstance(encoded, bytes) else encoded.encode()
    (rejection,) = DECODERS.decode(DEFAULT_FORMAT, [raw], ANYWHERE).rejections
    return rejection


def kept(rejection: Rejection) -> str:
    return rejection.raw.decode() + rejection.detail


def no_time(**members: Any) -> dict[str, Any]:
    """A request that cannot be counted for want of a time."""
    return {"request": {"id": "r-1"}, "response": {"status": 200}, **members}


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe["case"])
def test_a_secret_anywhere_in_an_event_is_masked(probe: dict[str, str]) -> None:
    line = probe["line"].encode("latin-1")
    rejection = rejected(line)
    assert probe["secret"].encode("latin-1") not in rejection.raw + rejection.detail.encode()
    assert rejection.is_masked
    assert rejection.original in line


@pytest.mark.parametrize("place", ["username", "custom_id", "id"])
@pytest.mark.parametrize(
    "value",
    [
        f"https://user:{SECRET}@host/path",
        f"https://host/path?key={SECRET}",
        f"/path?{SECRET}",
        f"Bearer {SECRET}",
        f"password={SECRET}",
        f"user:{SECRET}@tcp(host)/db",
        f"#{SECRET}",
        f"%3F{SECRET}",
        f"-----BEGIN KEY-----\n{SECRET}",
        f"{SECRET}{'x' * 200}",
        f'{{"key":"{SECRET}"}}',
        f"a, {SECRET}",
    ],
)
def test_a_text_that_is_no_name_is_masked_in_a_metered_field(place: str, value: str) -> None:
    assert SECRET not in kept(rejected(no_time(consumer={place: value})))


@pytest.mark.parametrize("value", [[SECRET], {"a": SECRET}, {SECRET: 1}, [[SECRET]]])
@pytest.mark.parametrize("field", ["started_at", "request", "consumer", "service", "workspaces", "ai", "latencies"])
def test_a_value_of_another_type_is_masked(field: str, value: Any) -> None:
    assert SECRET not in kept(rejected({**no_time(), field: value}))


def test_an_address_is_masked_where_a_name_should_be() -> None:
    text = kept(rejected(no_time(consumer={"username": "203.0.113.9"}, service={"name": "10.0.0.1"})))
    assert "203.0.113.9" not in text
    assert "10.0.0.1" not in text


def test_names_of_members_nobody_reads_are_counted_only() -> None:
    rejection = rejected(no_time(**{SECRET: 1, "x": {SECRET: 2}}))
    assert json.loads(rejection.raw)["(other)"] == "(2 members)"


def test_numbers_times_and_known_words_stay_readable() -> None:
    event = {
        "request": {"method": "GET", "size": "12"},
        "response": {"status": 200, "size": 34},
        "latencies": {"request": 12.5, "proxy": -1},
        "upstream_status": "502, 200",
        "service": {"id": "5f0c2b1e-7a53-4d0e-9b8c-0123456789ab"},
        "source": "upstream",
        "ai": {"mcp": {"rpc": [{"method": "tools/call", "latency": 3}]}},
    }
    rejection = rejected(event)
    assert (json.loads(rejection.raw), rejection.is_masked, rejection.original) == (event, False, b"")


def test_the_mask_says_types_and_sizes() -> None:
    event = {"request": {}, "started_at": "soon", "consumer": [1, 2], "client_ip": "203.0.113.9", "tries": []}
    assert json.loads(rejected(event).raw) == {
        "request": {},
        "started_at": "(text, 4 characters)",
        "consumer": "(array, 2 items)",
        "client_ip": "(text, 11 characters)",
        "tries": [],
    }


def test_a_name_is_kept_as_a_hash_that_anybody_can_compute() -> None:
    names = [json.loads(rejected(no_time(service={"name": name})).raw)["service"]["name"] for name in ("orders", "o")]
    digits = sha256(b"orders").hexdigest()[:4]
    assert names[0] == f"(text, 6 characters, #{digits})"
    assert digits not in names[1]


@pytest.mark.parametrize(("value", "shown"), [(10**14 - 1, None), (10**14, "(number, 15 digits)")])
def test_a_number_longer_than_any_time_is_masked(value: int, shown: str | None) -> None:
    masked = json.loads(rejected(no_time(request={"size": value})).raw)["request"]["size"]
    assert masked == (shown or value)


def test_a_time_longer_than_any_date_is_not_repeated() -> None:
    rejection = rejected({"request": {}, "started_at": 4_111_111_111_111_111})
    assert rejection.detail == "a number of 16 digits; milliseconds have 13"


def test_a_name_given_twice_hides_nothing() -> None:
    rejection = rejected(b'{"request":{"id":"%s","id":"r"},"response":{}}' % SECRET.encode())
    assert SECRET not in kept(rejection)
    assert rejection.is_masked


@pytest.mark.parametrize("name", ["source", "id", "subject"])
def test_what_a_sender_names_its_events_by_is_masked(name: str) -> None:
    event = {"specversion": "1.0", "type": "request", "id": "1", "source": "s", name: SECRET, "data": {"x": SECRET}}
    rejection = rejected(event)
    assert SECRET not in kept(rejection)
    assert "#" in json.loads(rejection.raw)[name]


def test_data_that_is_json_in_a_text_is_masked() -> None:
    event = {"specversion": "1.0", "type": "r", "id": "1", "source": "s", "data": json.dumps({"method": SECRET})}
    assert SECRET not in kept(rejected(event))


def test_a_mask_is_never_longer_than_what_is_kept() -> None:
    calls = [{"method": "m" * 128, "tool_name": "t" * 128}] * 1000
    rejection = rejected(no_time(ai={"mcp": {"rpc": calls}, "a2a": {"rpc": calls}}))
    assert len(rejection.raw) <= RAW_LIMIT_BYTES
    assert "(990 items)" in kept(rejection)


@pytest.mark.parametrize(("text", "is_masked"), [(b"", False), (b" \n", False), (b" x ", True), (b"\xff\x00", True)])
def test_of_other_texts_only_white_space_is_kept(text: bytes, is_masked: bool) -> None:
    masked = mask_text(text)
    assert masked.is_masked is is_masked
    assert masked.text == (b"(text, %d bytes)" % len(text) if is_masked else text)


@pytest.mark.parametrize("name", ["nginx-log", "sk-abc", SECRET, "kong-log ", "KONG-LOG", "", "0123456789abcdef"])
def test_the_name_of_an_unknown_format_is_masked(name: str) -> None:
    shown = f"(text, {len(name)} character{'' if len(name) == 1 else 's'}, #{sha256(name.encode()).hexdigest()[:4]})"
    (rejection,) = DECODERS.decode(name, [b"x"], ANYWHERE).rejections
    assert rejection.detail == f"no decoder for a format with the name {shown}"
    assert shown_name(name) == shown


@pytest.mark.parametrize("name", [*format_names(), OVERSIZED_FORMAT])
def test_dead_letters_hold_the_names_of_known_formats(name: str) -> None:
    assert shown_name(name) == name


@pytest.mark.parametrize(
    ("value", "is_kept"),
    [("123.45678901234", True), ("123.456789012345", False), (Decimal("0.4111111111111111"), False), ("7.", True)],
)
def test_digits_behind_the_point_count_as_those_before_it(value: str | Decimal, *, is_kept: bool) -> None:
    assert number.is_harmless(value) is is_kept
