"""What happened in one request, before it is written down: the source of both the log line and the truth.

Whose a request is, as the reports name it.
"""

from dataclasses import dataclass

from gatemeter.generator.ai.facts import AiFacts
from gatemeter.generator.catalogue import Consumer, Route


@dataclass(slots=True)
class RequestFacts:
    """One request. Times are Unix ms, latencies ms; `upstream_ms` is -1 when no upstream was asked."""

    request_id: str
    started_at_ms: int
    consumer: Consumer | None
    route: Route | None
    method: str
    status: int
    by_gateway: bool
    failed_tries: int
    request_bytes: int
    response_bytes: int
    request_ms: int
    upstream_ms: int
    gateway_ms: int
    receive_ms: int
    resource: int
    ai: AiFacts | None


ANONYMOUS_ID = "anonymous"


def consumer_id(facts: RequestFacts) -> str:
    """The consumer's id; of all that are not known, one name."""
    return ANONYMOUS_ID if facts.consumer is None else facts.consumer.id
