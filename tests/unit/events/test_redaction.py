import pytest

from gatemeter.events.redaction import redact


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (b'{"headers":{"apikey":"k-123","host":"a.test"}}', b'{"headers":{"apikey":"REDACTED","host":"a.test"}}'),
        (b'{"X-Api-Key" : "k-123"}', b'{"X-Api-Key" : "REDACTED"}'),
        (b'{"authorization":"Bearer k-123"}', b'{"authorization":"REDACTED"}'),
        (b'{"cookie":["k-123=1","b"],"n":1}', b'{"cookie":"REDACTED","n":1}'),
        (b'{"access_token":"with \\" k-123","n":1}', b'{"access_token":"REDACTED","n":1}'),
        (b'{"client_ip":"203.0.113.9","started_at":5}', b'{"client_ip":"REDACTED","started_at":5}'),
        (b'{"x-forwarded-for":"203.0.113.9, 10.0.0.1"}', b'{"x-forwarded-for":"REDACTED"}'),
        (b'{"uri":"/a?apikey=k-123&page=2"}', b'{"uri":"/a?REDACTED"}'),
        (b'{"url":"https://joe:k-123@a.test/"}', b'{"url":"https://REDACTED@a.test/"}'),
        (b'{"apikey":"k-12', b'{"apikey":"REDACTED"'),
        (b'{"apikey":"k-12\\', b'{"apikey":"REDACTED"'),
        (b"203.0.113.9 - - [01/Jan/2026:00:00:00] GET /", b"REDACTED - - [01/Jan/2026:00:00:00] GET /"),
        (b"2001:db8:0:1:2:3:4:5 - - GET /", b"REDACTED - - GET /"),
        (b"2001:db8:1:2::5 - - GET /", b"REDACTED - - GET /"),
        (rb'{"log":"{\"apikey\":\"k-123\",\"n\":1}"}', rb'{"log":"{\"apikey\":\"REDACTED\",\"n\":1}"}'),
        (b'{"name":"Authorization","value":"k-123"}', b'{"name":"Authorization","value":"REDACTED"}'),
        (b"GET / HTTP/1.1\r\nX-Api-Key: k-123\r\nHost: a", b"GET / HTTP/1.1\r\nX-Api-Key: REDACTED\r\nHost: a"),
        (b'{"note":"sent Bearer abc.def-123"}', b'{"note":"sent Bearer REDACTED"}'),
        (b'{"authorization":["a]k-123","b"],"n":1}', b'{"authorization":"REDACTED","n":1}'),
        (b'{"password":123456,"n":1}', b'{"password":"REDACTED","n":1}'),
        (rb'{"log":"{\"token\":\"a \\\"k-123\\\" b\",\"n\":1}"}', rb'{"log":"{\"token\":\"REDACTED\",\"n\":1}"}'),
        (rb'{"log":"{\"token\":\"k-12","n":1}', rb'{"log":"{\"token\":\"REDACTED\"","n":1}'),
        (rb'{"log":"{\"token\":\"k-12', rb'{"log":"{\"token\":\"REDACTED\"'),
    ],
)
def test_credentials_and_addresses_are_taken_out(raw: bytes, kept: bytes) -> None:
    assert redact(raw) == kept


@pytest.mark.parametrize(
    "raw",
    [
        b'{"latencies":{"client":12,"kong":3}}',
        b'{"usage":{"token":4,"prompt_token":5,"session_token":6,"total_tokens":15}}',
        b'{"consumer":{"id":"client: 7","username":"Basic customer","custom_id":"token:4711"}}',
        b'{"source":"https://kong@gw.test/?key=1","subject":"key: 5","type":"a;token=1"}',
    ],
)
def test_metered_values_that_look_like_secrets_stay(raw: bytes) -> None:
    assert redact(raw) == raw


def test_what_is_metered_stays() -> None:
    raw = b'{"request":{"id":"a","size":12},"consumer":{"username":"tokenring"},"tries":[{"ip":"10.1.2.3"}]}'
    assert redact(raw) == raw


def test_a_text_of_nothing_but_names_is_searched_in_time() -> None:
    raw = b'"' + b"apikey" * 2700
    assert redact(raw) == raw
