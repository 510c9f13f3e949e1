"""The `data` of a CloudEvent: an object, or the JSON text of one.

CloudEvents of Kong's metering-and-billing plugin and of other senders, as what the rollups count.

The envelope is that of CloudEvents 1.0 in JSON; fields of `data` are those of the plugin's `kong.api_request` and
`kong.llm_request`. Client addresses, hosts, URIs and user agents are never read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import Consumer, Entity, KongEvent
from gatemeter.formats.cloudevents.api_request import kong_api_request, plain_api_request
from gatemeter.formats.cloudevents.kinds import EventKind, kind_of
from gatemeter.formats.cloudevents.llm_usage import kong_llm_call, plain_llm_call
from gatemeter.formats.cloudevents.values import unix_ms
from gatemeter.lenient.document import parse_json
from gatemeter.lenient.fields import Fields, storable_text
from gatemeter.llm.call import LlmCall


def read_data(document: Mapping[str, Any], left_out: list[str]) -> Fields:
    """The members of `data`; none where it is absent or of another shape. `data_base64` is never decoded."""
    if document.get("data_base64") is not None:
        left_out.append("data_base64")
    data = document.get("data")
    members = parse_json(data) if isinstance(data, str) else data
    if not isinstance(members, dict):
        if data is not None:
            left_out.append("data")
        members = {}
    return Fields(members, "data", left_out)


_CONSUMER_PREFIX = "consumer:"
_LOG_PARTS = ("request", "response", "session")
_REQUIRED = ("type", "source", "id")
_EXCHANGES = {EventKind.KONG_API_REQUEST: kong_api_request, EventKind.API_REQUEST: plain_api_request}
_LLM_CALLS = {EventKind.KONG_LLM_REQUEST: kong_llm_call, EventKind.LLM_USAGE: plain_llm_call}


@dataclass(frozen=True, slots=True)
class CloudEventReading:
    """One event: an API request, LLM usage, or (neither) one of another kind, kept in the account only.

    `event` has a time, the caller and what was called; its request and response are set only for an API request, its
    latencies and workspace never: the events carry none (a control plane is no workspace).
    """

    event_id: str
    event: KongEvent
    is_request: bool
    llm_call: LlmCall | None


def is_cloud_event(document: object) -> bool:
    """Whether a JSON value is a CloudEvent rather than a log event, which may have a `source` and custom fields too."""
    if not isinstance(document, Mapping) or any(document.get(part) is not None for part in _LOG_PARTS):
        return False
    return "specversion" in document or all(name in document for name in _REQUIRED)


def read_cloud_event(document: Mapping[str, Any], left_out: list[str]) -> CloudEventReading:
    """Read one event; numbers in it are int, Decimal or text. The paths of unusable values are added to `left_out`.

    Raises RejectedEvent: cloudevent_invalid, started_at_missing, started_at_invalid, status_invalid,
    status_out_of_range, request_size_out_of_range, response_size_out_of_range. Whether the time is believable is for
    the caller to check.
    """
    event_id = _identity(document)
    started_at = _started_at_ms(document.get("time"))
    data = read_data(document, left_out)
    kind = kind_of(_attribute(document, "type", left_out), data)
    request, response = _EXCHANGES[kind](data) if kind in _EXCHANGES else (None, None)
    event = KongEvent(
        started_at=started_at,
        request=request,
        response=response,
        consumer=_consumer(_attribute(document, "subject", left_out)),
        service=_entity(data, "service"),
        route=_entity(data, "route"),
    )
    llm_call = _LLM_CALLS[kind](data) if kind in _LLM_CALLS else None
    return CloudEventReading(event_id, event, request is not None, llm_call)


def identity_of(source: str, own_id: str) -> str:
    """(source, id) as a JSON array, so that no two pairs have the same text whatever characters they hold.

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


def _attribute(document: Mapping[str, Any], name: str, left_out: list[str]) -> str:
    text = storable_text(document.get(name))
    if text is None and document.get(name) is not None:
        left_out.append(name)
    return text or ""


def _started_at_ms(time: object) -> int:
    if time is None:
        raise RejectedEvent("started_at_missing", "the event has no time")
    started_at = unix_ms(time) if isinstance(time, str) else None
    if started_at is None:
        raise RejectedEvent("started_at_invalid", "time is no RFC 3339 date and time with an offset")
    return started_at


def _consumer(subject: str) -> Consumer | None:
    """Kong writes `consumer:ID`; any other subject is the identity itself, `application:ID` included."""
    consumer_id = subject.removeprefix(_CONSUMER_PREFIX)
    return Consumer(id=consumer_id) if consumer_id else None


def _entity(data: Fields, name: str) -> Entity | None:
    entity_id, entity_name = data.text(f"{name}_id"), data.text(f"{name}_name")
    return Entity(entity_id or None, entity_name or None) if entity_id or entity_name else None
