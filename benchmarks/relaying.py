"""`python -m benchmarks.relaying`: what the relay needs for an event, beside copying the same messages as they are."""

import itertools
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click
from confluent_kafka import Consumer, Producer, TopicPartition
from rich.console import Console

from benchmarks.measuring import Run, measure_in_turn
from benchmarks.result import Target, print_targets
from benchmarks.servers import Servers, running_servers
from benchmarks.traffic import PARTITIONS
from gatemeter.clock import SystemClock
from gatemeter.errors import ExitCode, StopError
from gatemeter.formats.event_lines import EventSplitter
from gatemeter.formats.slimming.slimmer import Slimmer
from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.traffic import Traffic
from gatemeter.kafka.client import connection_settings
from gatemeter.kafka.producer import producer_settings
from gatemeter.kafka.source_topic import SourceTopic
from gatemeter.kafka.topics import ensure_topic, topic_id
from gatemeter.kafka.transactions import TransactionalProducer
from gatemeter.metering.ruleset import RULESET_VERSION
from gatemeter.shipping.relay import Relay, TransactionLimits
from gatemeter.shipping.repacker import Repacker
from gatemeter.wire.frames import FrameLimits
from gatemeter.wire.topics import TopicKind, TopicSpec

TIMES_COPYING = 0.3
"""Copying neither reads the events, nor cuts and packs them."""
EVENTS_PER_CPU_S = 60_000
_PATIENCE_S = 60.0


@dataclass(slots=True)
class SingleEvents:
    """A topic of `count` messages, each an event without a key."""

    servers: Servers
    topic: str
    count: int

    def new_topic(self) -> str:
        """An empty topic to write to."""
        name = self.servers.new_name("relayed")
        ensure_topic(self.servers.kafka, TopicSpec(name, partitions=PARTITIONS))
        return name


class Relaying:
    """The relay: frames, partitions by consumer, transactions."""

    name = "relay"

    def __init__(self, events: SingleEvents) -> None:
        self._events = events
        self._groups = itertools.count()

    def run(self) -> Run:
        """See `Candidate`."""
        events, clock = self._events, SystemClock()
        kafka, source = events.servers.kafka, topic_id(events.servers.kafka, events.topic)
        target, group = events.new_topic(), f"{events.topic}.{next(self._groups)}"
        with (
            closing(TransactionalProducer(kafka, target, group, clock=clock)) as producer,
            closing(SourceTopic(kafka, events.topic, source, group, clock=clock)) as consumer,
        ):
            consumer.start()
            limits, slim = FrameLimits(), Slimmer(RULESET_VERSION)
            repacker = Repacker(source, producer.partitions, EventSplitter(), limits=limits, clock=clock, slim=slim)
            relay = Relay(consumer, producer, repacker, limits=TransactionLimits(), clock=clock)
            began_s = time.process_time()
            relay.run(ends=consumer.ends())
            cpu_s = time.process_time() - began_s
        if relay.summary.events != events.count:
            raise StopError(f"{relay.summary.events} events were relayed instead of {events.count}", where=self.name)
        return Run(events.count, cpu_s)


class Copying:
    """Each message as it is, in batches, by the same clients: not packed, not keyed, not exactly once."""

    name = "plain copying"

    def __init__(self, events: SingleEvents) -> None:
        self._events = events

    def run(self) -> Run:
        """See `Candidate`."""
        kafka, target = self._events.servers.kafka, self._events.new_topic()
        settings = {**connection_settings(kafka), "group.id": "copying"}
        producer = Producer(producer_settings(kafka, _PATIENCE_S))
        with closing(Consumer(settings)) as consumer:
            consumer.assign([TopicPartition(self._events.topic, number, 0) for number in range(PARTITIONS)])
            began_s, copied = time.process_time(), 0
            while copied < self._events.count:
                for message in consumer.consume(5_000, timeout=0.1):
                    _copy(producer, target, message.value())
                    copied += 1
            producer.flush(_PATIENCE_S)
            return Run(copied, time.process_time() - began_s)


def _copy(producer: Producer, topic: str, value: bytes | None) -> None:
    while True:
        try:
            producer.produce(topic, value)
        except BufferError:
            producer.poll(0.1)
        else:
            producer.poll(0)
            return


@click.command()
@click.option("--events", type=click.IntRange(min=1000), default=200_000, show_default=True, help="To be relayed.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="The median counts.")
def main(events: int, rounds: int) -> None:
    """Relay a topic of single events, in turn with copying it. Ends with exit code 1 if a target is missed."""
    progress, console = Console(stderr=True, highlight=False), Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="gatemeter-bench-") as scratch, running_servers(Path(scratch)) as servers:
        single = _filled(servers, events)
        relaying, copying = measure_in_turn([Relaying(single), Copying(single)], rounds, progress.print)
    target = Target(relaying, copying, TIMES_COPYING)
    print_targets([target], console)
    rate = 1e6 / relaying.us_per_event
    is_quick = rate >= EVENTS_PER_CPU_S
    console.print(
        f"{'PASS' if is_quick else 'FAIL'}  relay: {rate:,.0f} events a CPU second (target: {EVENTS_PER_CPU_S:,})",
        style="green" if is_quick else "red",
    )
    sys.exit(ExitCode.OK if target.is_met and is_quick else ExitCode.INTERNAL)


def _filled(servers: Servers, events: int) -> SingleEvents:
    topic = servers.new_name("single")
    ensure_topic(servers.kafka, TopicSpec(topic, kind=TopicKind.SINGLE_EVENTS, partitions=PARTITIONS))
    producer = Producer(producer_settings(servers.kafka, _PATIENCE_S))
    count = 0
    for line in Traffic(TrafficPlan(events, bad=0.0)).lines():
        _copy(producer, topic, line)
        count += 1
    if producer.flush(_PATIENCE_S):
        raise StopError("the topic could not be filled", where=topic)
    return SingleEvents(servers, topic, count)


if __name__ == "__main__":
    main()
