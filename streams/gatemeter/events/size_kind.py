"""What the bytes of a request or of a response hold. Sums of different kinds are kept in different rows."""

from enum import StrEnum


class SizeKind(StrEnum):
    """Stored in the columns `request_bytes_kind` and `response_bytes_kind`."""

    AS_SENT = ""
    """The sender does not say which; also of rows that were stored before the kinds were."""
    WIRE = "wire"
    """The request or status line, headers and the body, as they went over the wire."""
    BODY = "body"
    """The body alone."""
    UNKNOWN = "unknown"
    """The log tells no size: the 0 in its sum means nothing."""


def stored_size(size_bytes: int | None, kind: SizeKind) -> tuple[int, str]:
    """A size as it is summed, and its kind as it stands in a key."""
    return (0, SizeKind.UNKNOWN.value) if size_bytes is None else (size_bytes, kind.value)
