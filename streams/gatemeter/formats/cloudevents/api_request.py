"""API requests: `kong.api_request` of Kong's metering plugin, and plain request events."""

from gatemeter.events.access_event import Request, Response
from gatemeter.formats.cloudevents.values import has_number, has_value, http_status, size_bytes
from gatemeter.lenient.fields import Fields

_NUMERIC_STATUS_FIELDS = ("response_http_status", "http_status", "status_code")
STATUS_FIELDS = (*_NUMERIC_STATUS_FIELDS, "status")


def kong_api_request(data: Fields) -> tuple[Request, Response]:
    """By the fields of Kong's metering-and-billing plugin. Raises RejectedEvent.

    Other members are left alone: `attributes[]` of the plugin copies whatever a client sends in a header.
    """
    return _exchange(data, data.text("request_method"), http_status(data, "response_http_status"))


def plain_api_request(data: Fields) -> tuple[Request, Response]:
    """By the names that senders usually choose. Raises RejectedEvent."""
    return _exchange(data, data.text("request_method") or data.text("method"), plain_status(data))


def plain_status(data: Fields) -> int | None:
    """The status of the response; None if there is none, or `status` is a word. Raises RejectedEvent."""
    status = http_status(data, *_NUMERIC_STATUS_FIELDS)
    if status is not None:
        return status
    if has_number(data, "status"):
        return http_status(data, "status")
    if has_value(data, "status"):
        data.leave_out("status")
    return None


def _exchange(data: Fields, method: str, status: int | None) -> tuple[Request, Response]:
    request_size = size_bytes(data, "request_size_bytes", "request_size_out_of_range")
    response_size = size_bytes(data, "response_size_bytes", "response_size_out_of_range")
    return Request(method=method or None, size=request_size), Response(status=status, size=response_size)
