"""A Faust worker as anybody would write it first: one event a message, its stock transport, counters in a dict.

`processes.PlainFaust` runs it. Every half second it writes to a file how many events it has counted.
"""

import argparse
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import faust
import mode.loop
import msgspec

from gatemeter.formats.kong.log_event import Consumer, Entity, Latencies, LogEvent, Request, Response
from gatemeter.worker.credentials import faust_credentials

_MS_PER_HOUR = 3_600_000
_WRITE_INTERVAL_S = 0.5


class Usage:
    """Counts, and sums of sizes and latencies, per hour and key."""

    def __init__(self) -> None:
        self.event_count = 0
        self._totals: dict[tuple[Any, ...], list[float]] = defaultdict(lambda: [0, 0, 0, 0.0, 0.0, 0.0])

    def add(self, event: LogEvent) -> None:
        """Count one event."""
        request, response = event.request or Request(), event.response or Response()
        latencies = event.latencies or Latencies()
        totals = self._totals[_key(event, request, response)]
        totals[0] += 1
        totals[1] += request.size or 0
        totals[2] += response.size or 0
        totals[3] += latencies.request or 0
        totals[4] += latencies.proxy or 0
        totals[5] += latencies.kong or 0
        self.event_count += 1


def _key(event: LogEvent, request: Request, response: Response) -> tuple[Any, ...]:
    consumer, service, route = event.consumer or Consumer(), event.service or Entity(), event.route or Entity()
    hour = (event.started_at or 0) // _MS_PER_HOUR
    caller = (consumer.id, consumer.username, consumer.custom_id)
    called = (service.id, service.name, route.id, route.name, event.workspace)
    return (hour, *caller, *called, request.method, response.status, event.source)


def build_app(kafka: str, topic: str, count_path: Path, data_dir: str) -> Any:
    """A Faust app with default settings, except that it needs nothing but the broker."""
    app = faust.App(
        topic,
        broker=f"kafka://{kafka}",
        broker_credentials=faust_credentials(kafka),
        datadir=data_dir,
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
    )
    usage = Usage()
    decode = msgspec.json.Decoder(LogEvent).decode

    async def count_events(stream: Any) -> None:
        async for value in stream:
            usage.add(decode(value))

    async def write_count() -> None:
        count_path.write_text(str(usage.event_count))  # noqa: ASYNC240 - a few bytes, twice a second

    app.agent(app.topic(topic, key_serializer="raw", value_serializer="raw"))(count_events)
    app.timer(_WRITE_INTERVAL_S)(write_count)
    return app


def main() -> None:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--count-file", dest="count_path", type=Path, required=True)
    chosen = parser.parse_args()
    # The same event loop as our worker has.
    if sys.platform != "win32":
        mode.loop.use("uvloop")
    with tempfile.TemporaryDirectory() as scratch:
        app = build_app(chosen.kafka, chosen.topic, chosen.count_path, scratch)
        faust.Worker(app, loglevel="WARN", redirect_stdouts=False, quiet=True).execute_from_commandline()


if __name__ == "__main__":
    main()
