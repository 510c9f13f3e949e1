"""The fields of a CloudEvent that a dead letter keeps in clear: those that its reader reads.

Whoever sends the event chooses its source, id and subject, so they are never in clear.
"""

from gatemeter.events.masking import Kept
from gatemeter.events.shapes import (
    cache_status,
    given_id,
    hashed,
    http_method,
    moment,
    never,
    number,
    provider,
    status,
    word_of,
)
from gatemeter.formats.cloudevents.api_request import STATUS_FIELDS
from gatemeter.formats.cloudevents.llm_usage import MODEL_FIELDS, TOKEN_FIELDS
from gatemeter.formats.cloudevents.token_types import TYPE_NAMES

_EVENT_TYPES = word_of("kong.api_request", "kong.llm_request", "request", "api_request", "api.request", "http.request")

_DATA: Kept = {
    **dict.fromkeys(("method", "request_method"), http_method),
    **dict.fromkeys(("type", "token_type"), word_of(*TYPE_NAMES)),
    "provider": provider,
    "cache_status": cache_status,
    **dict.fromkeys((*STATUS_FIELDS, "upstream_status"), status),
    **dict.fromkeys(("request_size_bytes", "response_size_bytes", *TOKEN_FIELDS), number),
    **dict.fromkeys((*MODEL_FIELDS, "ai_plugin_name", "service_name", "route_name"), hashed),
    **dict.fromkeys(("service_id", "route_id", "ai_plugin_id"), given_id),
}

KEPT_FIELDS: Kept = {
    "specversion": word_of("0.3", "1.0"),
    "type": _EVENT_TYPES.or_hash(),
    "source": hashed,
    "id": hashed,
    "subject": hashed,
    "time": moment,
    "datacontenttype": word_of("application/json", "application/cloudevents+json", "text/plain"),
    "data": _DATA,
    "data_base64": never,
}
