"""What `gatemeter ship --follow` does."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from gatemeter.clock import SystemClock
from gatemeter.embedded.end_signals import interrupt_once
from gatemeter.errors import SettingsError
from gatemeter.formats.registry import needs_positions
from gatemeter.kafka.producer import KafkaProducer
from gatemeter.shipping.checkpoint import Checkpoint
from gatemeter.shipping.follower import Follower
from gatemeter.shipping.following import keep_following
from gatemeter.shipping.shipper import CountEvents, Shipper
from gatemeter.shipping.slim_line import SlimLine
from gatemeter.wire.frames import FrameLimits


def follow(
    paths: Sequence[Path],
    checkpoint: Path | None,
    count_events: CountEvents,
    *,
    kafka: str,
    topic: str,
    gateway: str | None,
    origin: str | None,
    log_format: str,
    slim: SlimLine,
) -> None:
    """Ship what the files hold and what is added to them, until the process is asked to end."""
    if checkpoint is None:
        raise SettingsError(
            "--follow is given without --checkpoint",
            do="name a file that survives a restart, as in --checkpoint /var/lib/gatemeter/ship.json",
        )
    saved, clock = Checkpoint(checkpoint), SystemClock()
    saved.load()  # what is wrong with it is said before anything else

    @contextmanager
    def connect() -> Iterator[Follower]:
        with closing(KafkaProducer(kafka, topic, gateway=gateway, slimmed=slim.name)) as producer:
            shipper = Shipper(
                producer,
                count_events=count_events,
                limits=FrameLimits(),
                clock=clock,
                log_format=log_format,
                sends_positions=needs_positions(log_format),
                slim=slim,
            )
            follower = Follower(list(map(str, paths)), shipper, saved, clock=clock, origin=origin)
            with closing(follower):
                yield follower

    try:
        with interrupt_once():
            keep_following(connect, clock=clock, pause=time.sleep)
    except KeyboardInterrupt:
        return
