"""Values that an operator's format has left without quotes become texts, and nothing else changes."""

import time

import pytest

from gatemeter.lenient.mending import with_quoted_values


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        (b'{"a":-,"b":1}', b'{"a":"-","b":1}'),
        (b'{"a":,"b":}', b'{"a":"","b":""}'),
        (b'{"a":000,"b":009.5}', b'{"a":"000","b":"009.5"}'),
        (b'{"a":0.041, 0.002,"b":200, 504}', b'{"a":"0.041, 0.002","b":"200, 504"}'),
        (b'{"a":0.1, - : 0.2 }', b'{"a":"0.1, - : 0.2" }'),
        (b'{"a":{"b": -}}', b'{"a":{"b": "-"}}'),
    ],
)
def test_values_without_quotes_become_texts(text: bytes, quoted: bytes) -> None:
    assert with_quoted_values(text) == quoted


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":-5,"b":0,"c":0.5,"d":[1,2],"e":1e5,"f":null}',
        b'{"a":"x:-,","b":"\\":,\\""}',
        b'{"a":x,"b":1.2.3x}',
        b'{"a":[1,-]}',
        b"127.0.0.1 - - [03/Feb/2026:11:00:00 +0100]",
    ],
)
def test_all_else_stays_as_it_is(text: bytes) -> None:
    assert with_quoted_values(text) == text


@pytest.mark.parametrize("piece", [b":1 : 1", b":", b'"', b":0", b":1,", b"1, ", b'":-,', b'\\"'])
def test_it_takes_time_in_proportion_to_the_text(piece: bytes) -> None:
    text = b'{"a":' + piece * (2_000_000 // len(piece))
    began = time.perf_counter()
    with_quoted_values(text)
    assert time.perf_counter() - began < 10
