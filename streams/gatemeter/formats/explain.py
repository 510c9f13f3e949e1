"""How one event was understood, field by field: for people who ask why it was counted as it was.

Read by the same functions that meter it, one event at a time, and therefore slowly.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import KongEvent
from gatemeter.events.agent_call import AgentCall
from gatemeter.events.batch import Key
from gatemeter.events.time_range import TimeRange
from gatemeter.formats.cloudevents.event import is_cloud_event, read_cloud_event
from gatemeter.formats.kong.ai_member import parse_ai, read_agent_calls, read_llm_calls
from gatemeter.formats.kong.columns import caller_key, line_identity
from gatemeter.formats.kong.lenient_event import read_event
from gatemeter.formats.kong.upstream_status import upstream_status
from gatemeter.lenient.document import parse_json
from gatemeter.lenient.event_text import event_documents
from gatemeter.llm.call import LlmCall


class EventKind(StrEnum):
    """What an event counts as."""

    HTTP = "http"
    STREAM = "stream"
    LLM = "llm"
    """A metering event of a model call, without a request of its own."""
    OTHER = "other"
    """An event that is in the account and metered nowhere."""
    DEAD_LETTER = "dead_letter"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeExplanation:
    """`event` and `caller` (`tables.schema.CALLER`) are None and empty for a dead letter, which has a `reason`.

    `left_out` are the paths of fields that could not be used.
    """

    kind: EventKind
    event_id: str = ""
    reason: str = ""
    detail: str = ""
    event: KongEvent | None = None
    caller: Key = ()
    upstream_status: int | None = None
    llm_calls: list[LlmCall] = field(default_factory=list)
    agent_calls: list[AgentCall] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def explain_decoding(text: bytes, times: TimeRange) -> list[DecodeExplanation]:
    """All events of a JSON text: of one object, or of an array of them; one dead letter if it is neither."""
    try:
        documents = event_documents(text)
    except RejectedEvent as rejected:
        return [_dead_letter(rejected)]
    return [_understood(document, each, times) for document, each in documents]


def _understood(document: Any, text: bytes, times: TimeRange) -> DecodeExplanation:
    try:
        if is_cloud_event(document):
            return _cloud_event(document, times)
        return _kong_event(document, text, times)
    except RejectedEvent as rejected:
        return _dead_letter(rejected)


def _dead_letter(rejected: RejectedEvent) -> DecodeExplanation:
    return DecodeExplanation(kind=EventKind.DEAD_LETTER, reason=rejected.reason, detail=rejected.detail)


def _cloud_event(document: Mapping[str, Any], times: TimeRange) -> DecodeExplanation:
    left_out: list[str] = []
    reading = read_cloud_event(document, left_out)
    times.check(reading.event.started_at)
    other = EventKind.OTHER if reading.llm_call is None else EventKind.LLM
    return DecodeExplanation(
        kind=EventKind.HTTP if reading.is_request else other,
        event_id=reading.event_id,
        event=reading.event,
        caller=caller_key(reading.event),
        upstream_status=upstream_status(_data_of(document)),
        llm_calls=[] if reading.llm_call is None else [reading.llm_call],
        left_out=left_out,
    )


def _data_of(document: Mapping[str, Any]) -> Any:
    data = document.get("data")
    return parse_json(data) if isinstance(data, str) else data


def _kong_event(document: Any, text: bytes, times: TimeRange) -> DecodeExplanation:
    left_out: list[str] = []
    event = read_event(document, text, left_out)
    times.check(event.started_at)
    is_session = event.session is not None
    ai = {} if is_session or not event.ai else parse_ai(bytes(event.ai))
    if ai is None:
        left_out.append("ai")
    status = None if event.response is None else event.response.status
    return DecodeExplanation(
        kind=EventKind.STREAM if is_session else EventKind.HTTP,
        event_id=(None if event.request is None else event.request.id) or line_identity(text),
        event=event,
        caller=caller_key(event),
        upstream_status=upstream_status(document),
        llm_calls=read_llm_calls(ai or {}, status, left_out),
        agent_calls=read_agent_calls(ai or {}, status, left_out),
        left_out=left_out,
    )
