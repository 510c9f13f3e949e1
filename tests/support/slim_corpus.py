"""Recorded events of all JSON formats, for tests of what a door leaves of them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.otlp_records import KONG, log_record, logs_request

_FIXTURES = Path(__file__).parents[1] / "fixtures"
_LOGS = ("caddy", "envoy", "nginx", "traefik")

_KONG_ANSWER = {
    "status": 200,
    "size": 1840,
    "headers": {"via": "1.1 kong/3.15.0.4-enterprise-edition", "content-type": "text/event-stream"},
}
_APISIX = {
    "client_ip": "203.0.113.9",
    "route_id": "12",
    "consumer": {"username": "acme"},
    "start_time": 1767225600007,
    "latency": 46.2,
    "upstream_latency": 41,
    "apisix_latency": 5.2,
    "request": {"method": "GET", "uri": "/orders/17", "size": "312", "querystring": {}, "headers": {"host": "a"}},
    "response": {"status": 200, "size": "1840", "headers": {"content-type": "application/json"}},
}
_TYK = {
    "method": "GET",
    "path": "/orders/17",
    "content_length": 0,
    "response_code": 200,
    "api_key": "a1b2c3",
    "timestamp": "2026-01-01T00:00:00.007Z",
    "api_name": "orders",
    "api_id": "b84f",
    "org_id": "o1",
    "request_time": 46,
    "raw_request": "R0VUIC8=",
    "latency": {"total": 46, "upstream": 41},
    "alias": "acme",
}
_GEN_AI = {
    "http.request.method": "POST",
    "http.response.status_code": 200,
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 120,
    "gen_ai.usage.output_tokens": 12,
    "gen_ai.input.messages": "tell me",
}


class Recorded(NamedTuple):
    """An event of a format, and its name in a test."""

    log_format: str
    name: str
    document: Any

    @property
    def line(self) -> bytes:
        """Its text."""
        return json.dumps(self.document, ensure_ascii=False).encode()


def kong_event(**members: Any) -> dict[str, Any]:
    """A request through Kong with what is never metered."""
    return {
        "started_at": 1770000000000,
        "request": {
            "id": "0f3c9d2be1a84c55b0a7d6f1e2c39481",
            "method": "POST",
            "size": 312,
            "headers": {"authorization": "Bearer s"},
        },
        "response": _KONG_ANSWER,
        "latencies": {"request": 46, "proxy": 41.5, "kong": 1e-7},
        "tries": [{"ip": "10.0.0.1", "port": 80}],
        "client_ip": "203.0.113.9",
        **members,
    }


def _recorded() -> Iterator[Recorded]:
    for path in sorted(_FIXTURES.glob("kong/**/*.json")):
        document = json.loads(path.read_text())
        event = kong_event(ai=document) if path.parent.name == "ai" else document
        yield Recorded("kong-log", path.stem, document["event"] if path.parent.name == "http" else event)
    for path in sorted(_FIXTURES.glob("usage/*.json")):
        call = json.loads(path.read_text())["call"]
        yield Recorded("kong-log", path.stem, kong_event(ai={"proxy": call}))
    for path in sorted(_FIXTURES.glob("cloudevents/*.json")):
        yield Recorded("cloudevents", path.stem, json.loads(path.read_text())["event"])
    for name in _LOGS:
        lines = (_FIXTURES / name / f"{name}.log").read_text().splitlines()
        yield from (Recorded(name, f"{name}-{number}", json.loads(line)) for number, line in enumerate(lines))
    for number, payload in enumerate(json.loads((_FIXTURES / "litellm" / "generic_api.json").read_text())):
        yield Recorded("litellm", f"litellm-{number}", payload)
    yield Recorded("apisix", "apisix", _APISIX)
    yield Recorded("tyk", "tyk", _TYK)
    for name, attributes in (("kong", KONG), ("gen-ai", _GEN_AI)):
        yield Recorded("otlp", f"otlp-{name}", json.loads(logs_request(log_record(attributes))))
    several = logs_request(log_record(KONG), log_record(_GEN_AI, spanId="0102030405060708"))
    yield Recorded("otlp", "otlp-several", json.loads(several))


RECORDED = tuple(_recorded())


def _text_lines() -> Iterator[tuple[str, bytes]]:
    for log_format, path in (
        ("nginx-combined", "nginx/nginx-combined.log"),
        ("envoy", "envoy/envoy-text.log"),
        ("haproxy", "haproxy/haproxy.log"),
        ("haproxy", "haproxy/haproxy-httplog.log"),
    ):
        yield from ((log_format, line) for line in (_FIXTURES / path).read_bytes().splitlines())
    yield "nginx-combined", b'api.test 203.0.113.9 - "" [11/Feb/2026:09:14:02 +0000] "\\x16\\x03" 400 150 "-" "curl/8"'
    yield (
        "nginx-combined",
        b'203.0.113.9 - al [11/Feb/2026:09:14:02 +0000] "GET /x?k=s HTTP/1.1" 401 5 "-" "a" x: "7"',
    )
    yield (
        "envoy",
        b'[2026-02-03T10:00:00.007Z] "GET /orders/a" 200 - 0 1 2 3 "x HTTP/1.1" 403 - 5 6 7 - "-" "-" "r" "h" "u"',
    )
    yield (
        "haproxy",
        (
            b"203.0.113.9:4711 [06/Feb/2026:12:14:14.655] http-in static/srv1 10/0/30/69/+109 200 +2750 sid=s3 - ---- "
            b'1/1/1/1/0 0/0 {www.a.test|curl} {} "GET /index.html?k=s HTTP/1.1"'
        ),
    )


TEXT_LINES = tuple(_text_lines())
"""Lines of the formats that are not JSON, with their formats."""
