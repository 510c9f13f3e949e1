"""Events as shippers, container runtimes and registries wrap them."""

import json
from collections.abc import Callable

Wrap = Callable[[bytes], bytes]


def docker(text: bytes) -> bytes:
    return json.dumps({"log": text.decode() + "\n", "stream": "stdout", "time": "2026-02-03T10:00:00Z"}).encode()


def fluent_bit(text: bytes) -> bytes:
    return json.dumps({"@timestamp": 1770112800.5, "log": text.decode()}, ensure_ascii=False).encode()


def filebeat(text: bytes) -> bytes:
    members = {"@timestamp": "2026-02-03T10:00:00.000Z", "agent": {"type": "filebeat"}, "message": text.decode()}
    return json.dumps(members).encode()


def vector(text: bytes) -> bytes:
    members = {"message": text.decode(), "source_type": "file", "timestamp": "2026-02-03T10:00:00Z"}
    return json.dumps(members).encode()


def cri(text: bytes) -> bytes:
    return b"2026-02-03T10:00:00.000000001Z stdout F " + text


def syslog(text: bytes) -> bytes:
    return b"<14>Feb  3 10:00:00 gw-1 kong[7]: " + text


def new_syslog(text: bytes) -> bytes:
    return b"<14>1 2026-02-03T10:00:00Z gw-1 kong 7 - - " + text


def schema_registry(text: bytes) -> bytes:
    return b"\x00\x00\x00\x00\x0a" + text


def nested(text: bytes) -> bytes:
    return b'{"message": ' + text + b"}"


def with_leftovers(text: bytes) -> bytes:
    return b'{"workspace_name": "default", "source": "upstream", "env": {"site": "eu"}, "log_record": ' + text + b"}"


def json_text(text: bytes) -> bytes:
    return json.dumps(text.decode()).encode()


TEXTS = [docker, fluent_bit, filebeat, vector, cri, syslog, new_syslog, json_text, schema_registry]
ENVELOPES = [*TEXTS, nested, with_leftovers]
