"""Frames of access-log events for runs under load, whose true count is plain arithmetic."""

from collections.abc import Iterator
from dataclasses import dataclass

from confluent_kafka import Producer

from tests.support.kong_events import HOUR_S

_FRAMES_IN_FLIGHT = 100


@dataclass(frozen=True, slots=True)
class Traffic:
    """`events` requests by `consumers` in turn, `events_per_frame` to a message, each `padding_bytes` longer."""

    events: int
    events_per_frame: int = 500
    consumers: int = 40
    padding_bytes: int = 0

    def requests_of_each(self) -> dict[str, int]:
        """Requests by consumer id, as they must be stored."""
        rounds, rest = divmod(self.events, self.consumers)
        return {f"con-{number}": rounds + (number < rest) for number in range(min(self.consumers, self.events))}

    def frames(self) -> Iterator[bytes]:
        """The messages, in order."""
        for first in range(0, self.events, self.events_per_frame):
            numbers = range(first, min(first + self.events_per_frame, self.events))
            yield b"\n".join(self._event(number) for number in numbers)

    def _event(self, number: int) -> bytes:
        padding = f',"tags":"{"x" * self.padding_bytes}"' if self.padding_bytes else ""
        return (
            f'{{"request":{{"id":"r-{number:08d}","method":"GET","size":310}},"response":{{"status":200,"size":1200}},'
            f'"latencies":{{"request":{number % 97},"proxy":{number % 89},"kong":3}},'
            f'"consumer":{{"id":"con-{number % self.consumers}"}},"service":{{"id":"svc-{number % 7}"}},'
            f'"started_at":{HOUR_S * 1000 + number % 3_600_000}{padding}}}'
        ).encode()


def produce(kafka: str, topic: str, traffic: Traffic, *, partitions: int) -> None:
    """Write the frames to the partitions in turn, compressed; returns when the broker has them all."""
    settings = {
        "bootstrap.servers": kafka,
        "compression.type": "lz4",
        "linger.ms": 20,
        "enable.idempotence": True,
    }
    producer = Producer(settings)
    failed: list[object] = []

    def on_delivery(error: object, _message: object) -> None:
        if error is not None:
            failed.append(error)

    for number, frame in enumerate(traffic.frames()):
        while len(producer) >= _FRAMES_IN_FLIGHT:
            producer.poll(0.1)
        producer.produce(topic, frame, partition=number % partitions, on_delivery=on_delivery)
        producer.poll(0)
    assert producer.flush(120) == 0
    assert failed == []
