"""A TCP session as Kong logs it: without request and response, so it does not count as an API request."""

from dataclasses import dataclass

from gatemeter.generator.rng import RequestDraw

_LINE = (
    b'{"session":{"received":%d,"sent":%d,"status":200,"server_port":9000},"upstream":{"received":%d,"sent":%d},'
    b'"latencies":{"kong":%d,"session":%d},"tries":[{"ip":"10.1.9.4","port":6379,"balancer_start":%d,'
    b'"balancer_latency":0}],"client_ip":"198.51.100.90","started_at":%d,'
    b'"route":{"id":"5b0a2f7e-0d5c-4b52-8d0c-3c1c4b1f2e33","name":"cache-tcp","protocols":["tcp"]},'
    b'"service":{"id":"f6d0f2a0-6e2a-4b0e-9a3e-2d1b7c5a4e44","name":"cache-tcp","host":"cache.internal",'
    b'"port":6379,"protocol":"tcp"},"workspace_name":"default"}'
)


@dataclass(slots=True)
class StreamSession:
    """A session. Bytes are counted between client and gateway: received from the client, and sent to it."""

    started_at_ms: int
    received_bytes: int
    sent_bytes: int
    session_ms: int
    gateway_ms: int

    def line(self) -> bytes:
        """The session as one line. The upstream is sent what the client sent, and the other way round."""
        received, sent = self.received_bytes, self.sent_bytes
        return _LINE % (
            received,
            sent,
            sent,
            received,
            self.gateway_ms,
            self.session_ms,
            self.started_at_ms,
            self.started_at_ms,
        )


def draw_session(draw: RequestDraw) -> StreamSession:
    """The session that follows from `draw`."""
    return StreamSession(
        started_at_ms=draw.time_ms,
        received_bytes=200 + draw.resource,
        sent_bytes=100 + draw.resource // 2,
        session_ms=int(1_000 * draw.size_factor),
        gateway_ms=draw.gateway_ms,
    )
