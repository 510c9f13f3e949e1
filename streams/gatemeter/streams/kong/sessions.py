"""Stream (TCP, TLS, UDP) sessions: no API requests, metered apart from them."""

from gatemeter.contracts.kong_event import KongEvent, Latencies, Session, Upstream
from gatemeter.streams.event_batch import NOT_MEASURED, IdentifiedEvents, Key
from gatemeter.streams.rollups import STREAM_SESSIONS_ROLLUP
from gatemeter.streams.tables.api_usage import STATUS_UNKNOWN

_NO_SESSION = Session()
_NO_UPSTREAM = Upstream()
_NO_LATENCIES = Latencies()


def append_session(events: IdentifiedEvents, event: KongEvent, caller: Key, event_id: str) -> None:
    """Append a stream event (kong-log: `session`, `upstream`, `latencies.session`) to `events`."""
    session, upstream = event.session or _NO_SESSION, event.upstream or _NO_UPSTREAM
    latencies = event.latencies or _NO_LATENCIES
    events.event_ids.append(event_id)
    events.rows(STREAM_SESSIONS_ROLLUP).append(
        len(events.event_ids) - 1,
        (*caller, STATUS_UNKNOWN if session.status is None else session.status),
        sums=[session.received or 0, session.sent or 0, upstream.received or 0, upstream.sent or 0],
        latencies_ms=[NOT_MEASURED if value is None else value for value in (latencies.session, latencies.kong)],
    )
