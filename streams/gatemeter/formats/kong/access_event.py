"""From an event of Kong's log serializer to the neutral access event, with the calls in its `ai` member."""

from typing import Any

from gatemeter.errors import RejectedEvent
from gatemeter.events import access_event as neutral
from gatemeter.events.identity import IdentityKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.formats.kong.agent_calls import read_agent_calls
from gatemeter.formats.kong.common_call import read_common_call
from gatemeter.formats.kong.gateway import read_gateway
from gatemeter.formats.kong.llm_calls import read_llm_calls
from gatemeter.formats.kong.log_event import (
    Consumer,
    Credential,
    Entity,
    Latencies,
    LogEvent,
    Request,
    Response,
    Session,
    Upstream,
)
from gatemeter.formats.kong.upstream_answer import read_statuses
from gatemeter.lenient.document import parse_json
from gatemeter.lenient.event_text import text_identity
from gatemeter.lenient.http_values import told_status
from gatemeter.llm.call import LlmCall

_NO_REQUEST, _NO_RESPONSE, _NO_SESSION, _NO_UPSTREAM = Request(), Response(), Session(), Upstream()
_NO_LATENCIES, _NO_CONSUMER, _NO_CREDENTIAL, _NO_ENTITY = Latencies(), Consumer(), Credential(), Entity()


def access_event(
    event: LogEvent, text: bytes, ignored_fields: list[str], upstream_status: int | None = None
) -> neutral.AccessEvent:
    """The access event of `event`, which was read from `text`. Raises RejectedEvent: started_at_missing.

    The paths of fields in `ai` that could not be used are appended to `ignored_fields`.
    """
    if event.started_at is None:
        raise RejectedEvent("started_at_missing")
    is_session = event.request is None and event.response is None
    read = _session if is_session else _request
    return read(event, event.started_at, text, ignored_fields, upstream_status)


def _request(
    event: LogEvent, started_at_ms: int, text: bytes, ignored_fields: list[str], upstream_status: int | None
) -> neutral.AccessEvent:
    request, response = event.request or _NO_REQUEST, event.response or _NO_RESPONSE
    latencies = event.latencies or _NO_LATENCIES
    llm_calls, agent_calls = read_ai(event, response, ignored_fields)
    return neutral.AccessEvent(
        kind=neutral.EventKind.HTTP,
        event_id=request.id or text_identity(text),
        started_at_ms=started_at_ms,
        identity=IdentityKind.ID if request.id else IdentityKind.CONTENT,
        consumer=_consumer(event),
        service=_entity(event.service),
        route=_entity(event.route),
        workspace=event.workspace or first_workspace(event),
        source=event.source or "",
        method=request.method or "",
        status=told_status(response.status),
        upstream_status=upstream_status,
        request_bytes=request.size,
        response_bytes=response.size,
        request_bytes_kind=SizeKind.WIRE,
        response_bytes_kind=SizeKind.WIRE,
        latency_request_ms=_measured(latencies.request),
        latency_upstream_ms=_measured(latencies.proxy),
        latency_gateway_ms=_measured(latencies.kong),
        llm_calls=llm_calls,
        agent_calls=agent_calls,
    )


def _session(
    event: LogEvent, started_at_ms: int, text: bytes, _: list[str], upstream_status: int | None
) -> neutral.AccessEvent:
    session, upstream = event.session or _NO_SESSION, event.upstream or _NO_UPSTREAM
    latencies = event.latencies or _NO_LATENCIES
    return neutral.AccessEvent(
        kind=neutral.EventKind.STREAM,
        event_id=text_identity(text),
        started_at_ms=started_at_ms,
        identity=IdentityKind.CONTENT,
        consumer=_consumer(event),
        service=_entity(event.service),
        route=_entity(event.route),
        workspace=event.workspace or first_workspace(event),
        source=event.source or "",
        status=told_status(session.status),
        upstream_status=upstream_status,
        request_bytes=session.received,
        response_bytes=session.sent,
        latency_upstream_ms=_measured(latencies.proxy),
        latency_gateway_ms=_measured(latencies.kong),
        session=neutral.StreamSession(
            upstream_received_bytes=upstream.received,
            upstream_sent_bytes=upstream.sent,
            duration_ms=_measured(latencies.session),
        ),
    )


def read_ai(
    event: LogEvent, response: Response, ignored_fields: list[str]
) -> tuple[list[LlmCall], list[neutral.AgentCall]]:
    """The calls that `event.ai` lists; `response` is what the client got. Never raises.

    The dotted paths of fields that could not be used are appended to `ignored_fields`.
    """
    if not event.ai:
        return [], []
    text, gateway, statuses = bytes(event.ai), read_gateway(response.headers), read_statuses(event)
    common = read_common_call(text, statuses, gateway)
    if common is not None:
        return [common], []
    ai = parse_ai(text)
    if ai is None:
        ignored_fields.append("ai")
        return [], []
    method = (event.request or _NO_REQUEST).method or ""
    llm_calls = read_llm_calls(ai, statuses, ignored_fields, gateway, method)
    return llm_calls, read_agent_calls(ai, response.status, ignored_fields)


def parse_ai(raw: bytes) -> dict[str, Any] | None:
    """The object in `raw`, with exact numbers (see `lenient.document`). Never raises.

    `{}` for an object, a list or a null without content: nothing was logged. None for anything else than an object,
    and for text that is not JSON.
    """
    parsed = parse_json(raw)
    if isinstance(parsed, dict):
        return parsed
    return {} if parsed is None or parsed == [] else None


def consumer_id_of(event: LogEvent) -> str:
    """Whom the event is counted for: the `consumer_id` of its rows."""
    return (event.consumer or _NO_CONSUMER).id or consumer_id_without_consumer(event)


def consumer_id_without_consumer(event: LogEvent) -> str:
    """Whom to count for without `consumer.id`: the credential's consumer, a name, the credential, '' (nobody)."""
    credential, consumer = event.authenticated_entity or _NO_CREDENTIAL, event.consumer or _NO_CONSUMER
    return credential.consumer_id or consumer.custom_id or consumer.username or credential.id or ""


def first_workspace(event: LogEvent) -> str:
    """`workspaces[0]` of Enterprise before 3.7."""
    if not event.workspaces:
        return ""
    return event.workspaces[0].id or event.workspaces[0].name or ""


def _consumer(event: LogEvent) -> neutral.Consumer:
    """The caller; a credential is the id of whoever has nothing else: two tokens are not one anonymous caller."""
    consumer, credential = event.consumer or _NO_CONSUMER, event.authenticated_entity or _NO_CREDENTIAL
    is_named = consumer.custom_id or consumer.username
    consumer_id = consumer.id or credential.consumer_id or ("" if is_named else credential.id)
    return neutral.Consumer(consumer_id or "", consumer.username or "", consumer.custom_id or "")


def _entity(entity: Entity | None) -> neutral.Entity:
    entity = entity or _NO_ENTITY
    return neutral.Entity(entity.id or "", entity.name or "")


def _measured(latency_ms: float | None) -> float | None:
    """Kong writes -1 for what it did not measure."""
    return None if latency_ms is None or latency_ms < 0 else latency_ms
