"""From a gateway through Kafka into the engine, and what people see of it."""

import json
import logging
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import Producer

from gatemeter.errors import GatewayUnavailable, InputError
from gatemeter.kafka.topics import topic_id
from gatemeter.reports.inventory import latest_snapshots
from tests.support.admin_api import AdminApi, served, small_gateway
from tests.support.command_in_process import invoked, read, run
from tests.support.databases import Store
from tests.support.forked_commands import running
from tests.support.inventories import records, snapshot
from tests.support.waiting import wait_for

KAFKA = [pytest.mark.kafka, pytest.mark.clickhouse]


@pytest.fixture
def api() -> Iterator[AdminApi]:
    with served(small_gateway()) as api:
        yield api


def asked(api: AdminApi) -> tuple[tuple[str, ...], dict[str, str]]:
    """The arguments of a poll, and its environment."""
    arguments = ("inventory", "poll", "--admin-url", api.address, "--control-plane", "cp-1")
    return arguments, {"GATEMETER_ADMIN_TOKEN": api.token}


def counts(store: Store) -> dict[str, Any]:
    return {row["kind"]: row["entities"] for row in read("inventory", "show", *store.flags)}


def worker(kafka: str, topic: str, store: Store, group: str) -> str:
    arguments = ("--kafka", kafka, "--topic", topic, "--group", group, *store.flags)
    return run("inventory", "worker", "--once", *arguments).stdout


@pytest.mark.kafka
@pytest.mark.clickhouse
def test_a_poll_comes_through_kafka_into_the_store(
    api: AdminApi, kafka_address: str, topic: str, group_id: str, store: Store
) -> None:
    arguments, environment = asked(api)
    flags = ("--credentials", "--kafka", kafka_address, "--topic", topic, "--json")
    (sent,) = json.loads(run(*arguments, *flags, env=environment).stdout)
    assert "1 snapshot, 0 dead letters" in worker(kafka_address, topic, store, group_id)
    assert counts(store) == {
        "workspace": 2,
        "service": 3,
        "route": 2,
        "plugin": 2,
        "consumer": 2,
        "consumer_group": 0,
        "node": 3,
        "rbac_user": 3,
        "credential": 5,
    }
    with store.client() as client:
        (found,) = latest_snapshots(client)
        assert "secret" not in str(client.query("SELECT * FROM inventory_entities").result_rows)
        [[log]] = client.query("SELECT log FROM inventory_snapshots").result_rows
    assert (found.snapshot_id, log) == (sent["snapshot_id"], topic_id(kafka_address, topic))


@pytest.mark.kafka
@pytest.mark.clickhouse
def test_a_message_that_is_not_ours_can_be_replayed(
    kafka_address: str, topic: str, group_id: str, store: Store
) -> None:
    messages = [record.value or b"" for record in records(snapshot())]
    for values in ([b"password=secret", messages[0], *messages[2:]], [messages[1]]):
        producer = Producer({"bootstrap.servers": kafka_address}, logger=logging.Logger("test"))
        for value in values:
            producer.produce(topic, value, partition=0)
        assert producer.flush(30) == 0
        worker(kafka_address, topic, store, group_id)
    with store.client() as client:
        assert reasons(client) == ["not_json", "incomplete_snapshot"]
        assert latest_snapshots(client) == []
        flags = ("--kafka", kafka_address, "--topic", topic, *store.flags)
        assert "1 snapshot, 1 dead letter" in run("inventory", "replay", *flags).stdout
        assert reasons(client) == ["not_json"]
        assert [each.snapshot for each in latest_snapshots(client)] == [snapshot()]


def reasons(client: Client) -> list[str]:
    rows = client.query("SELECT reason FROM inventory_dead_letters FINAL ORDER BY offset").result_rows
    return [reason for (reason,) in rows]


@pytest.mark.kafka
@pytest.mark.clickhouse
def test_a_poll_that_was_killed_leaves_no_half_snapshot(
    api: AdminApi, kafka_address: str, topic: str, group_id: str, store: Store, tmp_path: Path
) -> None:
    arguments, environment = asked(api)
    api.faults["/shop/plugins"].append(lambda handler: _hang(api))
    sending = ("--kafka", kafka_address, "--topic", topic)
    with running(*arguments, *sending, log=tmp_path / "poll.log", env=environment) as process:
        wait_for(lambda: any(path == "/shop/plugins" for path, _ in api.asked), "the poll is in the middle")
        process.send_signal(signal.SIGKILL)
        process.wait()
    api.released.set()
    assert "0 snapshots" in worker(kafka_address, topic, store, group_id)
    run(*arguments, *sending, env=environment)
    assert "1 snapshot, 0 dead letters" in worker(kafka_address, topic, store, group_id)
    assert counts(store)["service"] == 3


def _hang(api: AdminApi) -> None:
    api.released.wait()


@pytest.mark.clickhouse
def test_what_changed_between_two_polls_is_told(api: AdminApi, store: Store) -> None:
    arguments, environment = asked(api)
    run(*arguments, *store.flags, env=environment)
    api.lists["/shop/services"] = [{"id": "s2", "name": "stock", "enabled": False}, {"id": "s4", "name": "new"}]
    run(*arguments, *store.flags, env=environment)
    told = read("inventory", "diff", *store.flags)
    assert [(row["change"], row["kind"], row["id"], row["members"]) for row in told] == [
        ("changed", "service", "s2", "is_enabled: - -> False; definition"),
        ("removed", "service", "s3", None),
        ("added", "service", "s4", None),
    ]


@pytest.mark.clickhouse
def test_a_file_is_read_into_a_store_once(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "kong.yaml"
    path.write_text('_format_version: "3.0"\nservices: [{name: orders}]\n')
    for _ in range(2):
        run("inventory", "read", path, "--control-plane", "cp-1", *store.flags)
    assert counts(store) | {"service": 1, "consumer": None} == counts(store)
    shown = read("inventory", "show", "--kind", "service", *store.flags)
    assert [(row["id"], row["name"]) for row in shown] == [("name:orders", "orders")]
    failed = invoked("inventory", "diff", "--control-plane", "cp-1", *store.flags)
    assert "no control plane cp-1 has two snapshots" in str(failed.exception)
    failed = invoked("inventory", "show", "--control-plane", "cp-2", *store.flags)
    assert str(failed.exception) == "--control-plane: no snapshot is of cp-2; there are cp-1"


@pytest.mark.clickhouse
def test_a_refused_token_has_its_exit_code_and_stores_nothing(api: AdminApi, store: Store) -> None:
    arguments, _ = asked(api)
    failed = invoked(*arguments, *store.flags, env={"GATEMETER_ADMIN_TOKEN": "wrong-secret"})
    assert isinstance(failed.exception, GatewayUnavailable)
    assert "wrong-secret" not in f"{failed.output} {failed.exception}"
    assert isinstance(invoked("inventory", "show", *store.flags).exception, InputError)
