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
    """Of one answer in JSON, some 50 MB in this process."""
    page_rows: int = 10_000
    """Of one page."""
    whole_bytes: int = 8 * 1024 * 1024
    """An answer in CSV, Parquet or TAR that is not longer is sent as a whole, with its length; others in chunks."""
    stream_s: float = 600.0
    """For all of an answer in CSV or Parquet, which clients may read slowly."""
    streams_at_once: int = 4
    """So many clients read such answers at the same time, beside the questions below."""
    streams_per_token: int = 2
    at_once: int = 4
    """Questions of all clients that are worked on at the same time."""
    at_once_per_token: int = 2
    """So that one token cannot lock the others out."""
    place_s: float = 5.0
    """How long a question waits for one of these places."""
    requests_per_s: float = 20.0
    """Of one token."""
    connections: int = 128
