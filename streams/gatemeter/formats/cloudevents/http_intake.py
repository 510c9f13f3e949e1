"""CloudEvents over HTTP, and the paths of OpenMeter's ingest API, which the Metering & Billing plugin posts to.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md: in binary mode the
attributes are headers `ce-NAME`, with percent-encoded values, and the body is `data`.
"""

import base64
from collections.abc import Mapping
from urllib.parse import unquote

import msgspec

from gatemeter.formats.http_intake import HttpIntake

_PREFIX = "ce-"
_VERSION = "ce-specversion"


def event_in_headers(headers: Mapping[str, str], body: bytes) -> bytes | None:
    """The event in binary mode as JSON on one line; None for a request in another mode."""
    if _VERSION not in headers:
        return None
    event: dict[str, object] = {
        name.removeprefix(_PREFIX): unquote(value.strip().strip('"'))
        for name, value in headers.items()
        if name.startswith(_PREFIX)
    }
    content_type = headers.get("content-type", "")
    if content_type:
        event["datacontenttype"] = content_type
    if body:
        event.update(_data(content_type, body))
    return msgspec.json.encode(event)


def _data(content_type: str, body: bytes) -> dict[str, object]:
    media_type = content_type.partition(";")[0].strip().lower()
    if not media_type or media_type.endswith(("/json", "+json")):
        try:
            return {"data": msgspec.Raw(msgspec.json.format(body, indent=-1))}
        except (msgspec.MsgspecError, RecursionError):
            pass
    try:
        return {"data": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"data_base64": base64.b64encode(body).decode()}


CLOUDEVENTS_HTTP = HttpIntake(
    senders="Kong's Metering & Billing plugin, OpenMeter's SDKs",
    paths={"/api/v3/openmeter/events": 202, "/v3/openmeter/events": 202, "/api/v1/events": 204},
    event_in_headers=event_in_headers,
)
