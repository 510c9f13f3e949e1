"""How much one client, and all of them, can ask of an API."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ApiLimits:
    """Bounds of an API; each has an answer of its own when it is gone over."""

    body_bytes: int = 64 * 1024
    body_s: float = 10.0
    query_s: float = 20.0
    """For all statements of one question together; then ClickHouse cancels."""
    rows: int = 50_000
    """Of one answer, some 50 MB in this process."""
    at_once: int = 4
    """Questions of all clients that are worked on at the same time."""
    at_once_per_token: int = 2
    """So that one token cannot lock the others out."""
    place_s: float = 5.0
    """How long a question waits for one of these places."""
    requests_per_s: float = 20.0
    """Of one token."""
    connections: int = 128
