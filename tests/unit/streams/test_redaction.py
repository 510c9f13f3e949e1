import pytest

from gatemeter.streams.redaction import redact


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
        (b'{"uri":"/a?apikey=k-123&page=2"}', b'{"uri":"/a?apikey=REDACTED&page=2"}'),
        (b'{"url":"https://joe:k-123@a.test/"}', b'{"url":"https://REDACTED@a.test/"}'),
        (b'{"apikey":"k-12', b'{"apikey":"REDACTED"'),
        (b'{"apikey":"k-12\\', b'{"apikey":"REDACTED"'),
        (b"203.0.113.9 - - [01/Jan/2026] GET /", b"REDACTED - - [01/Jan/2026] GET /"),
    ],
)
def test_credentials_and_addresses_are_taken_out(raw: bytes, kept: bytes) -> None:
    assert redact(raw) == kept


def test_what_is_metered_stays() -> None:
    raw = b'{"request":{"id":"a","size":12},"consumer":{"username":"tokenring"},"tries":[{"ip":"10.1.2.3"}]}'
    assert redact(raw) == raw
