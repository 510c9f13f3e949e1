"""kill -9 of `gatemeter inventory worker` at random moments, against a real broker and the real engine.

After each kill a snapshot is whole or not there, and everything before the committed offset is stored; in the end each
is there once. GATEMETER_CRASH_SEED is the seed from which the moments are drawn.
"""

import os
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from itertools import accumulate
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import Consumer, Producer, TopicPartition

from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.messages import messages_of
from gatemeter.inventory.snapshot import Snapshot
from gatemeter.reports.inventory import latest_snapshots
from tests.support.command_in_process import run
from tests.support.databases import Store
from tests.support.forked_commands import running
from tests.support.inventories import TAKEN_AT, snapshot
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

_SEED = int(os.environ.get("GATEMETER_CRASH_SEED") or SystemRandom().randrange(10**6))
_KILLS = 10
_AT_ONCE = 5
_CONSUMERS = 300
_CHUNK_BYTES = 1_000
"""Some twenty messages a snapshot: a kill may fall between any two of them."""

_BROKEN = """
SELECT count() FROM
(
    SELECT snapshot_id, control_plane_id, each.1 AS kind, each.2 AS entities, each.3 AS set_id
    FROM inventory_snapshots FINAL
    ARRAY JOIN arrayZip(kinds, counts, set_ids) AS each
    WHERE set_id != ''
) AS told
LEFT JOIN
(
    SELECT control_plane_id, kind, set_id, count() AS stored
    FROM inventory_entities FINAL
    GROUP BY ALL
) AS found USING (control_plane_id, kind, set_id)
WHERE found.stored != told.entities
"""


def _snapshots() -> list[Snapshot]:
    """One after the other, each with other consumers."""
    return [
        snapshot(
            {Kind.CONSUMER: [Entity(id=f"c{each}", username=f"user-{number}-{each}") for each in range(_CONSUMERS)]},
            taken_at=TAKEN_AT + timedelta(minutes=number),
        )
        for number in range(_KILLS * _AT_ONCE)
    ]


def _send(kafka: str, topic: str, messages: Sequence[bytes]) -> None:
    producer = Producer({"bootstrap.servers": kafka, "enable.idempotence": True})
    for message in messages:
        producer.produce(topic, message, partition=0)
    assert producer.flush(60) == 0


def _committed(kafka: str, topic: str, group: str) -> int:
    with closing(Consumer({"bootstrap.servers": kafka, "group.id": group})) as consumer:
        [place] = consumer.committed([TopicPartition(topic, 0)], timeout=30)
    return max(0, int(place.offset))


def _column(client: Client, sql: str) -> list[Any]:
    return [row[0] for row in client.query(sql).result_rows]


@pytest.mark.long(reason="the store's and the consumer's unit tests hold the rules; kills try them together")
def test_a_killed_inventory_worker_leaves_whole_snapshots_and_loses_none(
    kafka_address: str, topic: str, group_id: str, store: Store, tmp_path: Path
) -> None:
    rng, snapshots = Random(_SEED), _snapshots()
    messages = [list(messages_of(each, _CHUNK_BYTES)) for each in snapshots]
    ends = list(accumulate(map(len, messages)))
    worker = ("inventory", "worker", "--kafka", kafka_address, "--topic", topic, "--group", group_id, *store.flags)
    in_the_middle = 0
    with store.client() as client:
        for kill in range(_KILLS):
            sent = (kill + 1) * _AT_ONCE
            _send(kafka_address, topic, [each for some in messages[sent - _AT_ONCE : sent] for each in some])
            before = len(_column(client, "SELECT DISTINCT set_id FROM inventory_entities"))
            wanted = min(len(snapshots), before + rng.randint(1, _AT_ONCE))
            with running(*worker, log=tmp_path / "worker.log") as process:
                wait_for(
                    lambda: len(_column(client, "SELECT DISTINCT set_id FROM inventory_entities")) >= wanted,  # noqa: B023
                    f"{wanted} sets of entities are stored",
                )
                process.kill()
                process.wait()
            assert _column(client, _BROKEN) == [0], f"GATEMETER_CRASH_SEED={_SEED}"
            stored = set(_column(client, "SELECT snapshot_id FROM inventory_snapshots"))
            committed = _committed(kafka_address, topic, group_id)
            due = [each.id for each, end in zip(snapshots, ends, strict=True) if end <= committed]
            assert set(due) <= stored, f"GATEMETER_CRASH_SEED={_SEED}"
            in_the_middle += len(stored) < sent or committed < ends[sent - 1]
        assert "0 dead letters" in run(*worker, "--once").stdout
        assert sorted(_column(client, "SELECT snapshot_id FROM inventory_snapshots FINAL")) == sorted(
            each.id for each in snapshots
        )
        assert _column(client, _BROKEN) == [0]
        [newest] = latest_snapshots(client)
        assert newest.snapshot == snapshots[-1]
        assert _committed(kafka_address, topic, group_id) == ends[-1]
    assert in_the_middle >= _KILLS // 3, f"{in_the_middle} kills fell between a message and its commit"
