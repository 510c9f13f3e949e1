"""A TCP session as Kong logs it: no request, no response, so nothing to count as an API call."""

from gatemeter.producers.generator.request_draws import RequestDraw

_SESSION = (
    b'{"session":{"received":%d,"sent":%d,"status":200,"server_port":9000},"upstream":{"received":%d,"sent":%d},'
    b'"latencies":{"kong":%d,"session":%d},"tries":[{"ip":"10.1.9.4","port":6379,"balancer_start":%d,'
    b'"balancer_latency":0}],"client_ip":"198.51.100.90","started_at":%d,'
    b'"route":{"id":"5b0a2f7e-0d5c-4b52-8d0c-3c1c4b1f2e33","name":"cache-tcp","protocols":["tcp"]},'
    b'"service":{"id":"f6d0f2a0-6e2a-4b0e-9a3e-2d1b7c5a4e44","name":"cache-tcp","host":"cache.internal",'
    b'"port":6379,"protocol":"tcp"},"workspace_name":"default"}'
)


def stream_line(draw: RequestDraw) -> bytes:
    """The session that `draw` means, as one line."""
    received, sent = 200 + draw.resource, 100 + draw.resource // 2
    session_ms = int(1_000 * draw.size_factor)
    return _SESSION % (received, sent, sent, received, draw.gateway_ms, session_ms, draw.time_ms, draw.time_ms)
