"""One event of a gateway's access log, whichever gateway wrote it.

This is what the reader of a format returns. `append.append` turns it into the columns of a batch, and the decode
explanation shows it to people. Texts are '' and numbers None where the log gives no value: 0 is a measured value.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from gatemeter.errors import RejectedEvent
from gatemeter.events.identity import IdentityKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.events.usage_keys import Caller, hour_of
from gatemeter.llm.call import LlmCall

_END_OF_DATES_MS = 253_402_300_800_000  # year 10000
_LONGEST_DATE_DIGITS = 14
_NOTIFICATIONS = "notifications/"


class EventKind(StrEnum):
    """What an event is counted as."""

    HTTP = "http"
    """An API request."""
    STREAM = "stream"
    """A TCP, TLS or UDP session, which is not an API request."""
    LLM = "llm"
    """A call to a model that is reported apart from its request."""
    OTHER = "other"
    """Anything else: it is accounted for and metered nowhere."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who called. `id` may be known from the credential alone."""

    id: str = ""
    username: str = ""
    custom_id: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """A configured service or route."""

    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSession:
    """What only stream sessions have: bytes from and to the upstream, and how long the session lasted."""

    upstream_received_bytes: int | None = None
    upstream_sent_bytes: int | None = None
    duration_ms: float | None = None


class AgentProtocol(StrEnum):
    """How the agent called; stored in the column `kind`."""

    MCP = "mcp"
    A2A = "a2a"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCall:
    """One JSON-RPC call. Texts are '' and numbers None where the event gives no value.

    `error` is the class and code of the error, never its text. `failed` is true with an error, for every call of a
    request that failed, and for an A2A task that ended badly behind HTTP 200. `session_id` is hashed before it is
    stored.
    """

    protocol: AgentProtocol
    method: str = ""
    tool: str = ""
    task_state: str = ""
    error: str = ""
    failed: bool = False
    latency_ms: float | None = None
    response_bytes: int | None = None
    session_id: str = ""

    @property
    def is_notification(self) -> bool:
        """Whether it is one that nobody answers: an answer that does not exist has 0 bytes, and not unknown ones."""
        return self.protocol is AgentProtocol.MCP and self.method.startswith(_NOTIFICATIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEvent:
    """A finished request, a finished stream session, or a metering event.

    `event_id` is the identity by which copies are found: requests with the same id are one request, and so are other
    events with the same id. It is '' where `identity` is POSITION: the text does not tell where it stood.
    `status` is the status sent to the client (of a session the gateway's own), `upstream_status` what the upstream
    answered last. `request_bytes` came from the client, `response_bytes` went to it; their kinds say what is counted in
    them. Latencies are in ms and never negative: the whole request, waiting for the upstream, inside the gateway.
    `session` is set for streams only.
    With `takes_message_time` the event tells no time, and whoever decodes it takes that of its message instead.
    `source` says which part of the gateway answered. `team` and `organisation` are whom the caller belongs to.
    """

    kind: EventKind
    event_id: str
    started_at_ms: int
    identity: IdentityKind = IdentityKind.ID
    consumer: Consumer = Consumer()
    service: Entity = Entity()
    route: Entity = Entity()
    workspace: str = ""
    team: str = ""
    organisation: str = ""
    source: str = ""
    method: str = ""
    status: int | None = None
    upstream_status: int | None = None
    request_bytes: int | None = None
    response_bytes: int | None = None
    request_bytes_kind: SizeKind = SizeKind.AS_SENT
    response_bytes_kind: SizeKind = SizeKind.AS_SENT
    latency_request_ms: float | None = None
    latency_upstream_ms: float | None = None
    latency_gateway_ms: float | None = None
    session: StreamSession | None = None
    llm_calls: list[LlmCall] = field(default_factory=list)
    agent_calls: list[AgentCall] = field(default_factory=list)
    takes_message_time: bool = False

    def at_its_time(self, message_time_ms: int | None) -> "AccessEvent":
        """The event at its own time, else at that of its Kafka message. Raises RejectedEvent (started_at_missing)."""
        if not self.takes_message_time:
            return self
        if message_time_ms is None or message_time_ms < 0:
            raise RejectedEvent("started_at_missing", "the event has no time, and neither has what it came in")
        return replace(self, started_at_ms=message_time_ms, takes_message_time=False)

    @property
    def caller(self) -> Caller:
        """Whom the event is counted for: the consumer's id, else its custom id, else its user name, else ''."""
        consumer, service, route = self.consumer, self.service, self.route
        return Caller(
            hour_of(self.started_at_ms),
            consumer.id or consumer.custom_id or consumer.username,
            consumer.username,
            consumer.custom_id,
            service.id,
            service.name,
            route.id,
            route.name,
            self.workspace,
            self.team,
            self.organisation,
        )


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The event times that are believed: outside of them a clock or a unit must be wrong.

    From `from_ms` up to, not including, `to_ms`, in Unix ms; an hour column can hold 1970 to 2106.
    """

    from_ms: int = 1_262_304_000_000  # 2010-01-01
    to_ms: int = 4_102_444_800_000  # 2100-01-01

    def check(self, started_at_ms: int) -> None:
        """Raise RejectedEvent (started_at_out_of_range) if `started_at_ms` is not believed."""
        if not self.from_ms <= started_at_ms < self.to_ms:
            raise RejectedEvent("started_at_out_of_range", _in_words(started_at_ms))


def _in_words(unix_ms: int) -> str:
    """As in `1770000 ms is 1970-01-21`, by which people who log seconds see their mistake.

    A number that is longer than any date could be anything, so only its digits are counted.
    """
    if len(digits := str(abs(unix_ms))) > _LONGEST_DATE_DIGITS:
        return f"a number of {len(digits)} digits; milliseconds have 13"
    if not 0 <= unix_ms < _END_OF_DATES_MS:
        return f"{unix_ms} ms"
    return f"{unix_ms} ms is {datetime.fromtimestamp(unix_ms // 1000, UTC):%Y-%m-%d}, which is not believed"
