"""The fields of a CloudEvent that a dead letter keeps in clear: those that its reader reads."""

from gatemeter.events.masking import Kept, identifier, model, moment, name, never, number, text_shape, token, uri
from gatemeter.formats.cloudevents.api_request import STATUS_FIELDS
from gatemeter.formats.cloudevents.llm_usage import MODEL_FIELDS, TOKEN_FIELDS

_SUBJECT = text_shape(r"(?:[a-z]{1,32}:)?[\w.+~-]+(?:@[\w.-]+)?")

_DATA: Kept = {
    **dict.fromkeys(("method", "request_method", "type", "provider", "cache_status", "ai_plugin_name"), token),
    **dict.fromkeys((*STATUS_FIELDS, "request_size_bytes", "response_size_bytes", *TOKEN_FIELDS), number),
    **dict.fromkeys(MODEL_FIELDS, model),
    **dict.fromkeys(("service_id", "route_id", "ai_plugin_id"), identifier),
    **dict.fromkeys(("service_name", "route_name"), name),
    "upstream_status": number,
}

KEPT_FIELDS: Kept = {
    "specversion": token,
    "type": token,
    "source": uri,
    "id": identifier,
    "subject": _SUBJECT,
    "time": moment,
    "datacontenttype": token,
    "data": _DATA,
    "data_base64": never,
}
