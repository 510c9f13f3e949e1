"""The relay and the broker are killed at random moments; every event still arrives exactly once.

GATEMETER_CRASH_SEED is the seed from which all is drawn.
"""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random, SystemRandom

import pytest
from confluent_kafka import Producer

from gatemeter.kafka.topics import ensure_topic
from gatemeter.wire.topics import TopicSpec
from tests.support.command_in_process import run
from tests.support.crash.crash_cluster import CrashCluster
from tests.support.forked_commands import running
from tests.support.kong_events import event_text
from tests.support.relayed_topic import committed_messages
from tests.support.slim_lines import slim_lines
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

_LONG = pytest.mark.long(reason="kills the broker too, as random kills of workers do, and meets rarer moments")
_SEED = int(os.environ.get("GATEMETER_CRASH_SEED") or SystemRandom().randrange(10**6))
_PARTITIONS = 4
_AT_ONCE = 80
_PAUSE_S = 0.1
_DELIVERY_S = 120
_BROKER_KILLS_ONE_OF = 5


class Writer:
    """Writes single events without keys while relays run; every tenth is a copy of an earlier one."""

    def __init__(self, kafka: str, topic: str, rng: Random) -> None:
        settings = {"bootstrap.servers": kafka, "enable.idempotence": True, "message.timeout.ms": _DELIVERY_S * 1000}
        self.sent: list[bytes] = []
        self._producer = Producer(settings)
        self._topic = topic
        self._rng = rng
        self._done = threading.Event()

    @contextmanager
    def writing(self) -> Iterator[None]:
        thread = threading.Thread(target=self._write)
        thread.start()
        try:
            yield
        finally:
            self._done.set()
            thread.join()
        assert self._producer.flush(_DELIVERY_S) == 0

    def _write(self) -> None:
        while not self._done.wait(_PAUSE_S):
            for _ in range(_AT_ONCE):
                number = len(self.sent)
                is_copy = number > 0 and self._rng.random() < 0.1
                text = self._rng.choice(self.sent) if is_copy else event_text(event_id=f'"r-{number}"')
                self._producer.produce(self._topic, text, partition=self._rng.randrange(_PARTITIONS))
                self.sent.append(text)
            self._producer.poll(0)


@pytest.mark.parametrize("kills", [2, pytest.param(40, marks=_LONG)])
def test_kills_of_relay_and_broker_lose_and_double_nothing(kills: int, cluster: CrashCluster, tmp_path: Path) -> None:
    rng = Random(_SEED)
    source, target = f"singles-{_SEED}-{kills}", f"frames-{_SEED}-{kills}"
    for name in (source, target):
        ensure_topic(cluster.kafka, TopicSpec(name, partitions=_PARTITIONS))
    relay = ("relay", "--from", source, "--to", target, "--kafka", cluster.kafka)
    writer = Writer(cluster.kafka, source, rng)
    log = tmp_path / "relay.log"
    with writer.writing():
        for number in range(kills):
            kill_once(cluster, relay, log, rng, is_of_broker=number % _BROKER_KILLS_ONE_OF == 2)
    run(*relay, "--once")
    found = committed_messages(cluster.kafka, target)
    lines = [(line, message.partition()) for message in found for line in message.value().split(b"\n")]
    assert Counter(line for line, _ in lines) == Counter(slim_lines(writer.sent)), f"GATEMETER_CRASH_SEED={_SEED}"
    assert len(set(lines)) == len({line for line, _ in lines}), "copies of an event lie in one partition"


def kill_once(cluster: CrashCluster, relay: tuple[str, ...], log: Path, rng: Random, *, is_of_broker: bool) -> None:
    """Run a relay, and kill it, or the broker below it, some time after it has committed something or said a word."""
    with running(*relay, log=log) as process:
        end = threading.Event()
        end.wait(rng.uniform(0.8, 3.0))
        if is_of_broker:
            cluster.broker.kill()
            end.wait(rng.uniform(0.0, 2.0))
            cluster.broker.start()
            cluster.broker.wait_until_ready()
            end.wait(rng.uniform(0.0, 3.0))
        process.kill()
        wait_for(lambda: process.poll() is not None, "the relay is dead")
