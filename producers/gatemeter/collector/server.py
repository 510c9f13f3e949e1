"""Runs a collector in this process until it is asked to end; what was taken by then is answered first."""

import asyncio
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn
from confluent_kafka import KafkaException

from gatemeter.clock import SystemClock
from gatemeter.collector.admission import Access, MemoryBudget
from gatemeter.collector.app import CollectorApp
from gatemeter.collector.delivery import Delivery
from gatemeter.collector.intake import Intake
from gatemeter.collector.limits import CollectorLimits
from gatemeter.collector.metrics import CollectorMetrics
from gatemeter.errors import SettingsError
from gatemeter.httpserver.limits import HEADER_BYTES, LimitedProtocol
from gatemeter.httpserver.tokens import TokenFile
from gatemeter.kafka.acknowledged_producer import AcknowledgedProducer
from gatemeter.shipping.slim_line import SlimLine

_KEEP_ALIVE_S = 75.0
"""Longer than Kong keeps an idle connection (60 s), so that the gateway closes it and no request meets a closed one."""
_READY_S = 1.0
_GRACE_S = 4
_LAST_FLUSH_S = 1.0
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class _Protocol(LimitedProtocol):
    most_connections = CollectorLimits().connections
    idle_timeout_s = _KEEP_ALIVE_S


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, app: CollectorApp, on_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._app = app
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self._on_listening()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; called by a signal."""
        self._app.is_stopping = True
        super().handle_exit(sig, frame)


def check_exposure(host: str, token_file: Path | None) -> None:
    """Raises SettingsError if everybody could send events: without tokens only this machine may reach a collector."""
    if token_file is None and host not in _LOOPBACK:
        raise SettingsError(
            f"without tokens everybody who reaches {host} could send events",
            where="--host",
            do="make a token (gatemeter tokens create --role ingest) and name its file with --token-file",
        )


def serve(
    listener: socket.socket,
    kafka: str,
    topic: str,
    *,
    token_file: Path | None,
    token_header: str,
    on_listening: Callable[[], None],
    slim: SlimLine,
    limits: CollectorLimits | None = None,
) -> None:
    """Serve on `listener`, and send what `slim` leaves of events, until SIGTERM or SIGINT.

    Raises KafkaUnavailable, InputError (the token file).
    """
    limits, clock = limits or CollectorLimits(), SystemClock()
    tokens = None if token_file is None else TokenFile(token_file)
    if tokens is not None:
        tokens.find("")
    producer = AcknowledgedProducer(
        kafka,
        topic,
        delivery_timeout_s=limits.delivery_s,
        in_flight_bytes=limits.memory_bytes,
        slimmed=slim.name,
    )
    delivery, memory = Delivery(producer, limits.linger_s, clock, slim), MemoryBudget(limits.memory_bytes)
    metrics = CollectorMetrics(delivery, memory)

    def on_events(log_format: str, events: int, rejected: int) -> None:
        metrics.events.labels(log_format).inc(events)
        metrics.rejected.labels(log_format).inc(rejected)

    access = Access(tokens, token_header, clock)
    intake = Intake(delivery, access, memory, limits, clock, on_events)
    app = CollectorApp(intake, metrics, clock, lambda: _answers(producer))
    # The server handles these two itself and then raises them again; only the producer is left to be closed.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    _Server(_config(app), app, on_listening).run([listener])
    producer.close(_LAST_FLUSH_S)


async def _answers(producer: AcknowledgedProducer) -> bool:
    try:
        await asyncio.get_running_loop().run_in_executor(None, producer.check, _READY_S)
    except KafkaException:
        return False
    return True


def _config(app: CollectorApp) -> uvicorn.Config:
    return uvicorn.Config(
        app.application(),
        http=_Protocol,
        loop="auto",
        h11_max_incomplete_event_size=HEADER_BYTES,
        timeout_keep_alive=int(_KEEP_ALIVE_S),
        access_log=False,
        log_level="error",  # a warning for every bad request would let strangers fill the disk
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
