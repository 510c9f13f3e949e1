"""OTLP over HTTP: requests in protobuf or JSON, answers in the encoding of the request.

https://opentelemetry.io/docs/specs/otlp/#otlphttp-response: 200 means taken; records that cannot be used are told in
`partial_success`, and are not sent again. What is not a request at all is 400 with a google.rpc.Status.
"""

import json

import msgspec

from gatemeter.formats.http_intake import HttpBody, HttpIntake
from gatemeter.formats.otlp.protobuf import records_of

PROTOBUF = "application/x-protobuf"
_JSON = "application/json"
_LONGEST_EMPTY_BYTES = 65_536
_NOT_COUNTED = "records that are not access logs, or cannot be read"


class _EmptyScope(msgspec.Struct, forbid_unknown_fields=True):
    scope: msgspec.Raw = msgspec.Raw()
    schemaUrl: str = ""  # noqa: N815 - as OTLP spells it, as all that follow
    logRecords: list[msgspec.Raw] = []  # noqa: N815


class _EmptyResource(msgspec.Struct, forbid_unknown_fields=True):
    resource: msgspec.Raw = msgspec.Raw()
    schemaUrl: str = ""  # noqa: N815
    scopeLogs: list[_EmptyScope] = []  # noqa: N815


class _EmptyRequest(msgspec.Struct, forbid_unknown_fields=True):
    resourceLogs: list[_EmptyResource] = []  # noqa: N815


def holds_nothing(body: bytes) -> bool:
    """Whether an ExportLogsServiceRequest in JSON has no record: senders may export nothing."""
    if len(body) > _LONGEST_EMPTY_BYTES:
        return False
    try:
        request = msgspec.json.decode(body, type=_EmptyRequest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return not any(scope.logRecords for resource in request.resourceLogs for scope in resource.scopeLogs)


def answer(rejected: int, media_type: str) -> HttpBody:
    """The ExportLogsServiceResponse that names `rejected` records."""
    if media_type != PROTOBUF:
        partial = {"rejectedLogRecords": str(rejected), "errorMessage": _NOT_COUNTED}
        return HttpBody(_JSON, json.dumps({"partialSuccess": partial} if rejected else {}).encode())
    if not rejected:
        return HttpBody(PROTOBUF, b"")
    partial_success = b"\x08" + _varint(rejected) + _text_field(0x12, _NOT_COUNTED)
    return HttpBody(PROTOBUF, b"\x0a" + _varint(len(partial_success)) + partial_success)


def failure(what: str) -> HttpBody:
    """The google.rpc.Status whose message is `what`."""
    return HttpBody(PROTOBUF, _text_field(0x12, what))


def _text_field(tag: int, text: str) -> bytes:
    content = text.encode()
    return bytes([tag]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    """The number in groups of seven bits, the lowest first; all but the last group have the high bit set."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


OTLP_HTTP = HttpIntake(
    senders="OTLP over HTTP (Kong, Envoy, Traefik, OpenTelemetry collectors)",
    paths={"/v1/logs": 200},
    binary_media_type=PROTOBUF,
    records_of=records_of,
    holds_nothing=holds_nothing,
    answer=answer,
    failure=failure,
)
