"""CloudEvents of Kong's metering-and-billing plugin and of other senders as access events.

The envelope is that of CloudEvents 1.0 in JSON; fields of `data` are those of the plugin's `kong.api_request` and
`kong.llm_request`. Client addresses, hosts, URIs and user agents are never read.
"""

import json
from collections.abc import Mapping
from typing import Any

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind
from gatemeter.formats.cloudevents.api_request import ApiRequest, plain_api_request, plugin_api_request
from gatemeter.formats.cloudevents.kinds import CloudEventKind, kind_of
from gatemeter.formats.cloudevents.llm_usage import plain_llm_call, plugin_llm_call
from gatemeter.formats.upstream_status import upstream_status
from gatemeter.lenient.document import parse_json
from gatemeter.lenient.fields import Fields, storable_text
from gatemeter.lenient.times import rfc3339_ms
from gatemeter.llm.call import LlmCall

_CONSUMER_PREFIX = "consumer:"
_LOG_PARTS = ("request", "response", "session")
_REQUIRED = ("type", "source", "id")
_REQUESTS = {
    CloudEventKind.PLUGIN_API_REQUEST: plugin_api_request,
    CloudEventKind.API_REQUEST: plain_api_request,
}
_LLM_CALLS = {CloudEventKind.PLUGIN_LLM_REQUEST: plugin_llm_call, CloudEventKind.LLM_USAGE: plain_llm_call}
_NO_REQUEST = ApiRequest("", None, None, None)


def is_cloud_event(document: object) -> bool:
    """Whether a JSON value is a CloudEvent rather than a log event, which may have a `source` and custom fields too."""
    if not isinstance(document, Mapping) or any(document.get(part) is not None for part in _LOG_PARTS):
        return False
    return "specversion" in document or all(name in document for name in _REQUIRED)


def read_cloud_event(document: Mapping[str, Any], ignored_fields: list[str]) -> AccessEvent:
    """The access event of a CloudEvent; numbers in `document` are int, Decimal or text.

    It has no latencies and no workspace: CloudEvents carry none (a control plane is not a workspace). The paths of
    fields that could not be used are appended to `ignored_fields`.

    `time` is optional in CloudEvents: an event without one is of the time of its message.

    Raises RejectedEvent: cloudevent_invalid, started_at_invalid, status_invalid, status_out_of_range,
    request_size_out_of_range, response_size_out_of_range.
    """
    event_id = _identity(document)
    time = document.get("time")
    started_at_ms = 0 if time is None else _started_at_ms(time)
    data = read_data(document, ignored_fields)
    kind = kind_of(_attribute(document, "type", ignored_fields), data)
    request = _REQUESTS[kind](data) if kind in _REQUESTS else _NO_REQUEST
    consumer = _consumer(_attribute(document, "subject", ignored_fields))
    service, route = _entity(data, "service"), _entity(data, "route")
    llm_calls = [_LLM_CALLS[kind](data)] if kind in _LLM_CALLS else []
    return AccessEvent(
        kind=_event_kind(kind, llm_calls),
        event_id=event_id,
        started_at_ms=started_at_ms,
        consumer=consumer,
        service=service,
        route=route,
        method=request.method,
        status=request.status,
        upstream_status=upstream_status(data.values),
        request_bytes=request.request_bytes,
        response_bytes=request.response_bytes,
        llm_calls=llm_calls,
        takes_message_time=time is None,
    )


def read_data(document: Mapping[str, Any], ignored_fields: list[str]) -> Fields:
    """The members of `data`, an object or the JSON text of one; no members if it is absent or anything else.

    `data_base64` is never decoded.
    """
    if document.get("data_base64") is not None:
        ignored_fields.append("data_base64")
    data = document.get("data")
    members = parse_json(data) if isinstance(data, str) else data
    if not isinstance(members, dict):
        if data is not None:
            ignored_fields.append("data")
        members = {}
    return Fields(members, "data", ignored_fields)


def members_with_data(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members of a CloudEvent, with `data` as an object where it is the JSON text of one."""
    data = document.get("data")
    if not isinstance(data, str):
        return document
    parsed = parse_json(data)
    return {**document, "data": parsed} if isinstance(parsed, dict) else document


def _event_kind(kind: CloudEventKind, llm_calls: list[LlmCall]) -> EventKind:
    if kind in _REQUESTS:
        return EventKind.HTTP
    return EventKind.LLM if llm_calls else EventKind.OTHER


def identity_of(source: str, own_id: str) -> str:
    """The identity of the CloudEvent `own_id` of `source`: a JSON array, so that no two pairs have the same text.

    No request id of a log event looks like it.
    """
    return f"ce:{json.dumps([source, own_id], separators=(',', ':'))}"


def _identity(document: Mapping[str, Any]) -> str:
    source, own_id = _identifier(document.get("source")), _identifier(document.get("id"))
    if not source or not own_id:
        missing = " and ".join(name for name, value in (("source", source), ("id", own_id)) if not value)
        raise RejectedEvent("cloudevent_invalid", f"no usable {missing}, which together are its identity")
    return identity_of(source, own_id)


def _identifier(value: object) -> str:
    """Text exactly as sent, so that two identities never become one; a whole number as its digits; '' if unusable."""
    return value if isinstance(value, str) else storable_text(value) or ""


def _attribute(document: Mapping[str, Any], name: str, ignored_fields: list[str]) -> str:
    text = storable_text(document.get(name))
    if text is None and document.get(name) is not None:
        ignored_fields.append(name)
    return text or ""


def _started_at_ms(time: object) -> int:
    started_at = rfc3339_ms(time) if isinstance(time, str) else None
    if started_at is None:
        raise RejectedEvent("started_at_invalid", "time is no RFC 3339 date and time with an offset")
    return started_at


def _consumer(subject: str) -> Consumer:
    """Kong writes `consumer:ID`; any other subject is the identity itself, `application:ID` included."""
    return Consumer(id=subject.removeprefix(_CONSUMER_PREFIX))


def _entity(data: Fields, name: str) -> Entity:
    return Entity(data.text(f"{name}_id"), data.text(f"{name}_name"))
