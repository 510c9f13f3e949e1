"""What a CloudEvent is about, by its type and the fields of its data."""

from enum import Enum, auto

from gatemeter.formats.cloudevents.llm_usage import MODEL_FIELDS, PLUGIN_PREFIX, TOKEN_FIELDS
from gatemeter.formats.cloudevents.values import has_number, has_value
from gatemeter.lenient.fields import Fields

REQUEST_FIELDS = (
    "method",
    "request_method",
    "path",
    "route",
    "uri",
    "status_code",
    "http_status",
    "response_http_status",
)
_REQUEST_TYPES = {
    "request",
    "requests",
    "api_request",
    "api_requests",
    "api_call",
    "api_calls",
    "http_request",
    "http_requests",
}
_SEPARATORS = str.maketrans("-. ", "___")


class CloudEventKind(Enum):
    """How `data` is read; events of Kong's plugin are read by the field names that it documents."""

    PLUGIN_API_REQUEST = auto()
    PLUGIN_LLM_REQUEST = auto()
    API_REQUEST = auto()
    LLM_USAGE = auto()
    OTHER = auto()
    """Accounted for, and metered nowhere."""


_PLUGIN_TYPES = {
    "kong.api_request": CloudEventKind.PLUGIN_API_REQUEST,
    "kong.llm_request": CloudEventKind.PLUGIN_LLM_REQUEST,
}


def kind_of(event_type: str, data: Fields) -> CloudEventKind:
    """The kind of a type of Kong's plugin by its name, of any other type by its data: senders name types as they like.

    An unknown type of the plugin is `OTHER`: it may be about a request that another event of the plugin counts.
    """
    if event_type.startswith(PLUGIN_PREFIX):
        return _PLUGIN_TYPES.get(event_type, CloudEventKind.OTHER)
    if has_value(data, *TOKEN_FIELDS) and has_value(data, "provider", *MODEL_FIELDS):
        return CloudEventKind.LLM_USAGE
    if event_type.lower().translate(_SEPARATORS) in _REQUEST_TYPES or has_value(data, *REQUEST_FIELDS):
        return CloudEventKind.API_REQUEST
    # A status in words ("active", "done") is the status of something else than a response.
    return CloudEventKind.API_REQUEST if has_number(data, "status") else CloudEventKind.OTHER
