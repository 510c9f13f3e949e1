"""The collector under load while Kafka is away: what it has acknowledged is stored, and it stays within its memory."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from gatemeter.kafka.topics import ensure_topic
from gatemeter.wire.topics import TopicSpec
from tests.support.collectors import collector, stored_lines
from tests.support.http_answers import get
from tests.support.killed_kafka import killed_kafka
from tests.support.kong_events import request_ids, request_line, request_lines
from tests.support.kong_sender import KongSender
from tests.support.server_fixtures import PARTITIONS
from tests.support.waiting import wait_for

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.long(reason="has a Kafka of its own, which is away for a minute"),
    pytest.mark.timeout(600),
]

OUTAGE_S = 60
LOGGED = 6_000
MOST_GROWTH_BYTES = 120_000_000


class Senders:
    """Post single events as fast as they are answered, and never again what was refused; in the background."""

    def __init__(self, url: str) -> None:
        self.acknowledged: set[str] = set()
        self.statuses: Counter[int] = Counter()
        self._url = url
        self._is_over = threading.Event()

    @contextmanager
    def sending(self, senders: int) -> Iterator[None]:
        threads = [threading.Thread(target=self._send, args=(number,)) for number in range(senders)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            for thread in threads:
                thread.join()

    def _send(self, sender: int) -> None:
        number = 0
        while not self._is_over.is_set():
            number += 1
            name = f"s-{sender}-{number}"
            status, _ = get(self._url, "/", body=request_line(name), Content_Type="application/json")
            self.statuses[status] += 1
            if status == 200:
                self.acknowledged.add(name)


def test_a_minute_without_kafka_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """A gateway repeats as Kong does; five senders do not, and know what was acknowledged."""
    with killed_kafka(tmp_path) as kafka:
        ensure_topic(kafka.address, TopicSpec("t", partitions=PARTITIONS))
        with collector(kafka.address, "t", tmp_path) as door:
            senders, process = Senders(door.url), psutil.Process(door.process.pid)
            before_bytes, most_bytes = process.memory_info().rss, 0
            kong = KongSender(door.url, max_batch_size=100, max_retry_time_s=600, max_retry_delay_s=2)
            with senders.sending(5), kong:
                for number, line in enumerate(request_lines(LOGGED)):
                    kong.log(line)
                    time.sleep(OUTAGE_S / LOGGED)
                    if number == LOGGED // 20:
                        kafka.kill()
                    if number % 100 == 0:
                        most_bytes = max(most_bytes, process.memory_info().rss)
                kafka.start()
                wait_for(lambda: len(kong.sent) == LOGGED, "all batches are acknowledged")
            assert door.process.poll() is None
        stored = {each.request_id for each in stored_lines(kafka.address, "t", PARTITIONS)}
    assert senders.statuses[503] > 0
    assert set(senders.statuses) <= {200, 503}
    assert most_bytes - before_bytes < MOST_GROWTH_BYTES
    assert kong.dropped == []
    assert stored >= senders.acknowledged | set(request_ids(LOGGED))
