"""From a JSON document to an access event by a mapping."""

from typing import Any

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind
from gatemeter.events.identity import IdentityKind
from gatemeter.events.masking import Kept
from gatemeter.events.size_kind import SizeKind
from gatemeter.formats.field_mapping.kept_fields import kept_fields
from gatemeter.formats.field_mapping.model import Caller, FieldMapping, Names, Paths, Refusal
from gatemeter.formats.field_mapping.model_call import read_model_call
from gatemeter.formats.field_mapping.read_paths import read_paths
from gatemeter.formats.field_mapping.values import Values
from gatemeter.formats.format import JsonFormat
from gatemeter.formats.slimming.further_paths import keeping
from gatemeter.lenient.event_text import text_identity
from gatemeter.lenient.read_paths import Members


class MappingReader:
    """Reads the events of one mapping; see `JsonFormat` for what each method promises."""

    def __init__(self, mapping: FieldMapping) -> None:
        self.mapping = mapping
        self.kept: Kept = kept_fields(mapping)
        self.read_paths: Members = read_paths(mapping)

    def read(self, document: Any, text: bytes, ignored_fields: list[str]) -> AccessEvent:
        """Raises RejectedEvent: started_at_missing, started_at_invalid, request_id_missing, status_invalid,
        request_size_out_of_range, response_size_out_of_range.
        """
        mapping, values = self.mapping, Values(document, self.mapping.no_value, ignored_fields)
        fields, caller, latencies = mapping.fields, mapping.caller, mapping.latencies
        status, upstream_status = values.status(fields.status), values.upstream_status(fields.upstream_status)
        request_bytes, request_kind = _size(values, fields.request_bytes, fields.request_body_bytes, "request")
        response_bytes, response_kind = _size(values, fields.response_bytes, fields.response_body_bytes, "response")
        call = None if mapping.model_call is None else read_model_call(mapping, values, status, upstream_status)
        return AccessEvent(
            kind=EventKind.OTHER if values.has_any(mapping.other_kind) else EventKind.HTTP,
            event_id=self._event_id(values, text),
            started_at_ms=values.started_at_ms(mapping.time),
            identity=mapping.identity.kind,
            consumer=consumer_of(caller, values, status, upstream_status),
            service=Entity(values.text(fields.service_id), values.text(fields.service_name)),
            route=Entity(values.text(fields.route_id), values.text(fields.route_name)),
            workspace=values.text(fields.workspace),
            team=values.text(caller.team),
            organisation=values.text(caller.organisation),
            source=values.text(fields.source),
            method=values.text(fields.method),
            status=status,
            upstream_status=upstream_status,
            request_bytes=request_bytes,
            response_bytes=response_bytes,
            request_bytes_kind=request_kind,
            response_bytes_kind=response_kind,
            latency_request_ms=values.latency_ms(latencies.request),
            latency_upstream_ms=_upstream_ms(mapping, values, upstream_status),
            latency_gateway_ms=values.latency_ms(latencies.gateway),
            llm_calls=[] if call is None else [call],
        )

    def read_request(self, document: Any, text: bytes, ignored_fields: list[str]) -> AccessEvent:
        """As `read`; raises RejectedEvent (not_an_access_log_event) also where nothing but a time is told.

        Without an id any object with a time could be an event, also the envelope around one.
        """
        event, mapping = self.read(document, text, ignored_fields), self.mapping
        has_id = mapping.identity.kind is IdentityKind.ID
        if not has_id and mapping.tells_more_than_when and _tells_only_when(event):
            raise RejectedEvent("not_an_access_log_event", "a time, and nothing else where the mapping looks")
        return event

    def parts(self, document: Any) -> list[Any] | None:
        """The events in the list that the mapping names; None if the document is an event itself."""
        path = self.mapping.events
        found = None if path is None else path.value_in(document)
        return found if isinstance(found, list) and found else None

    def _event_id(self, values: Values, text: bytes) -> str:
        match self.mapping.identity.kind:
            case IdentityKind.ID:
                return values.identity(self.mapping.identity.paths)
            case IdentityKind.CONTENT:
                if self.mapping.identity.paths:
                    values.identity(self.mapping.identity.paths)
                return text_identity(text)
            case _:
                return ""


def consumer_of(caller: Caller, values: Values, status: int | None, upstream_status: int | None) -> Consumer:
    """The caller by its chains; what a client only claimed is left out where the gateway refused it."""
    is_refused = _is_refused(caller.refusal, values, status, upstream_status)

    def text(names: Names) -> str:
        return values.text(name for name in names if not (is_refused and name.claimed))

    found = Consumer(text(caller.id), text(caller.username), text(caller.custom_id))
    return found if found != Consumer() else Consumer(id=text(caller.otherwise))


def _is_refused(refusal: Refusal, values: Values, status: int | None, upstream_status: int | None) -> bool:
    if values.has_any(refusal.where):
        return True
    return status in refusal.statuses and not upstream_status and not values.has_any(refusal.unless)


def format_of(mapping: FieldMapping) -> JsonFormat:
    """The format that reads all messages which name it by `mapping`."""
    reader = MappingReader(mapping)

    return JsonFormat(
        mapping.name,
        reader.read_request,
        recognizes=lambda _: False,
        reads_all=True,
        read_paths=keeping(reader.read_paths),
        kept=reader.kept,
        needs_positions=mapping.identity.kind is IdentityKind.POSITION,
        parts=reader.parts if mapping.events is not None else None,
    )


def _size(values: Values, wire: Paths, body: Paths, side: str) -> tuple[int | None, SizeKind]:
    """A size and its kind. Raises RejectedEvent: request_size_out_of_range, response_size_out_of_range."""
    for paths, kind in ((wire, SizeKind.WIRE), (body, SizeKind.BODY)):
        size_bytes = values.size_bytes(paths, f"{side}_size_out_of_range")
        if size_bytes is not None:
            return size_bytes, kind
    return None, SizeKind.AS_SENT


def _upstream_ms(mapping: FieldMapping, values: Values, upstream_status: int | None) -> float | None:
    """Waiting for the upstream. Gateways write 0 where none was asked, and no status of one, or 0."""
    waited_ms = values.latency_ms(mapping.latencies.upstream)
    has_status = bool(mapping.fields.upstream_status)
    return None if has_status and not upstream_status and not waited_ms else waited_ms


def _tells_only_when(event: AccessEvent) -> bool:
    return event == AccessEvent(
        kind=event.kind, event_id=event.event_id, identity=event.identity, started_at_ms=event.started_at_ms
    )
