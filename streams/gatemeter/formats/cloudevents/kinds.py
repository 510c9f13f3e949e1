"""What a CloudEvent tells of."""

from enum import Enum, auto

from gatemeter.formats.cloudevents.llm_tokens import TOKEN_FIELDS
from gatemeter.formats.cloudevents.llm_usage import MODEL_FIELDS
from gatemeter.formats.cloudevents.values import has_number, has_value
from gatemeter.lenient.fields import Fields

_REQUEST_FIELDS = (
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
_OF_KONG = "kong."


class EventKind(Enum):
    """Kinds are metered apart, those of Kong's plugin by the field names that it documents."""

    KONG_API_REQUEST = auto()
    KONG_LLM_REQUEST = auto()
    API_REQUEST = auto()
    LLM_USAGE = auto()
    OTHER = auto()
    """Kept in the account and metered nowhere."""


_KONG_TYPES = {
    "kong.api_request": EventKind.KONG_API_REQUEST,
    "kong.llm_request": EventKind.KONG_LLM_REQUEST,
}


def kind_of(event_type: str, data: Fields) -> EventKind:
    """Kong's types by name; other types by what their data holds, since every sender names them as it likes.

    A type of Kong's that is not known here may tell of a request that another event tells of already, so it is not
    guessed at.
    """
    if event_type.startswith(_OF_KONG):
        return _KONG_TYPES.get(event_type, EventKind.OTHER)
    if has_value(data, *TOKEN_FIELDS) and has_value(data, "provider", *MODEL_FIELDS):
        return EventKind.LLM_USAGE
    if event_type.lower().translate(_SEPARATORS) in _REQUEST_TYPES or has_value(data, *_REQUEST_FIELDS):
        return EventKind.API_REQUEST
    # A status in words ("active", "done") is that of some thing, not of a response.
    return EventKind.API_REQUEST if has_number(data, "status") else EventKind.OTHER
