"""Runs a collector in this process until it is asked to end; what was taken by then is answered first."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

from confluent_kafka import KafkaException

from gatemeter.clock import SystemClock
from gatemeter.collector.admission import Access, MemoryBudget
from gatemeter.collector.app import CollectorApp
from gatemeter.collector.delivery import Delivery
from gatemeter.collector.intake import Intake
from gatemeter.collector.limits import CollectorLimits
from gatemeter.collector.metrics import CollectorMetrics
from gatemeter.httpserver.limits import LimitedProtocol
from gatemeter.httpserver.server import run_server
from gatemeter.httpserver.tokens import TokenFile
from gatemeter.kafka.acknowledged_producer import AcknowledgedProducer
from gatemeter.shipping.slim_line import SlimLine

_KEEP_ALIVE_S = 75.0
"""Longer than Kong keeps an idle connection (60 s), so that the gateway closes it and no request meets a closed one."""
_READY_S = 1.0
_LAST_FLUSH_S = 1.0


class _Protocol(LimitedProtocol):
    most_connections = CollectorLimits().connections
    idle_timeout_s = _KEEP_ALIVE_S


def serve(
    listener: socket.socket,
    kafka: str,
    topic: str,
    *,
    token_file: Path | None,
    token_header: str,
    on_listening: Callable[[], None],
    slim: SlimLine,
    limits: CollectorLimits,
) -> None:
    """Serve on `listener`, and send what `slim` leaves of events, until SIGTERM or SIGINT.

    Raises KafkaUnavailable, InputError (the token file).
    """
    clock = SystemClock()
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
    run_server(app.application(), listener, _Protocol, on_listening=on_listening, on_exit=app.stop)
    producer.close(_LAST_FLUSH_S)


async def _answers(producer: AcknowledgedProducer) -> bool:
    try:
        await asyncio.get_running_loop().run_in_executor(None, producer.check, _READY_S)
    except KafkaException:
        return False
    return True
