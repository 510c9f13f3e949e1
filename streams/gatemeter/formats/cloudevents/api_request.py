"""API requests in CloudEvents: `kong.api_request` of Kong's metering plugin, and plain request events."""

from dataclasses import dataclass

from gatemeter.formats.cloudevents.values import has_number, has_value
from gatemeter.lenient.fields import Fields
from gatemeter.lenient.http_values import http_status, size_bytes

_NUMERIC_STATUS_FIELDS = ("response_http_status", "http_status", "status_code")
STATUS_FIELDS = (*_NUMERIC_STATUS_FIELDS, "status")


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """What `data` says of a request: `method` '' and the numbers None where it says nothing."""

    method: str
    status: int | None
    request_bytes: int | None
    response_bytes: int | None


def plugin_api_request(data: Fields) -> ApiRequest:
    """A request by the field names of Kong's metering-and-billing plugin. Raises RejectedEvent.

    Other members are left alone: `attributes[]` of the plugin copies whatever a client sends in a header.
    """
    return _api_request(data, data.text("request_method"), http_status(data, "response_http_status"))


def plain_api_request(data: Fields) -> ApiRequest:
    """A request by the field names that senders usually choose. Raises RejectedEvent."""
    return _api_request(data, data.text("request_method") or data.text("method"), plain_status(data))


def plain_status(data: Fields) -> int | None:
    """The status of the response; None if it is absent, or `status` is a word. Raises RejectedEvent."""
    status = http_status(data, *_NUMERIC_STATUS_FIELDS)
    if status is not None:
        return status
    if has_number(data, "status"):
        return http_status(data, "status")
    if has_value(data, "status"):
        data.ignore("status")
    return None


def _api_request(data: Fields, method: str, status: int | None) -> ApiRequest:
    request_bytes = size_bytes(data, "request_size_bytes", "request_size_out_of_range")
    response_bytes = size_bytes(data, "response_size_bytes", "response_size_out_of_range")
    return ApiRequest(method, status, request_bytes, response_bytes)
