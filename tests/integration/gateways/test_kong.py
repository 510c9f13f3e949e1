"""Kong's http-log plugin with the ready-made settings: what it logs is billed, whatever happens on the way.

Kong itself cannot be run here; a sender with its queue and its retries stands in.
"""

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from gatemeter.kafka.topics import ensure_topic
from gatemeter.wire.topics import TopicSpec
from tests.support.collectors import collector
from tests.support.command_in_process import read, run
from tests.support.databases import Store
from tests.support.event_accounts import account_of
from tests.support.gatemeter_command import running
from tests.support.gateways.program import CONFIGURATIONS
from tests.support.killed_kafka import killed_kafka
from tests.support.kong_events import event_text
from tests.support.kong_http_log import KongHttpLog
from tests.support.server_fixtures import PARTITIONS
from tests.support.waiting import wait_for_number

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

CONSUMERS = ("acme", "zoe", "initech", "umbrella", "hooli")
STATUSES = (200, 200, 201, 404, 503, 200, 429)
REQUESTS = [(CONSUMERS[number % 5], STATUSES[number % 7]) for number in range(1000)]
BAD_ELEMENTS = [b'{"request":7,"started_at":"soon"}', b'"text"', b"7", b"{}", b"null"]
TOKEN = '${{ env "DECK_GATEMETER_TOKEN" }}'


def entries() -> list[bytes]:
    """What Kong logs of the requests, and something that is no event behind every 200th."""
    found: list[bytes] = []
    for number, (consumer, status) in enumerate(REQUESTS):
        extra = f'"consumer":{{"id":"{consumer}"}}'
        found.append(event_text(event_id=f'"r-{number}"', status=str(status), extra=extra))
        if number % 200 == 199:
            found.append(BAD_ELEMENTS[number // 200])
    return found


def settings() -> Any:
    """The plugin's `config` as the ready-made file has it."""
    (plugin,) = yaml.safe_load((CONFIGURATIONS / "kong" / "http-log.yaml").read_text(encoding="utf-8"))["plugins"]
    return plugin["config"]


def endpoint(config: Any, url: str, token: str) -> str:
    """The file's `http_endpoint` with another host, as an operator changes it."""
    login, _, host = config["http_endpoint"].removeprefix("http://").rpartition("@")
    return f"http://{login.replace(TOKEN, token)}@{url.removeprefix('http://')}{host[host.index('/') :]}"


def new_token(path: Path) -> str:
    return run("tokens", "create", "--token-file", path, "--role", "ingest", "--name", "kong").stdout.strip()


def count(kafka: str, topic: str, store: Store, directory: Path) -> None:
    """Run a worker until every request and every bad element is counted, copies aside."""

    def different() -> int:
        account = account_of(store.url)
        return account.counted + account.dead_letters

    log = directory / "worker.log"
    with running("worker", "--kafka", kafka, "--topic", topic, *store.flags, log=log):
        wait_for_number(different, len(entries()), f"all events counted; see {log}", log)


def assert_billed_as_sent(store: Store) -> None:
    account = account_of(store.url)
    assert (account.counted, account.dead_letters) == (len(REQUESTS), len(BAD_ELEMENTS))
    billed = {
        row["consumer_id"]: (row["requests"], row["status_2xx"], row["status_4xx"], row["status_5xx"])
        for row in read("report", "billable", "--period", "year", *store.flags)
    }
    sent = Counter((consumer, status // 100) for consumer, status in REQUESTS)
    assert billed == {
        each: (sum(sent[each, n] for n in (2, 4, 5)), sent[each, 2], sent[each, 4], sent[each, 5]) for each in CONSUMERS
    }


def test_a_thousand_requests_of_kong_are_billed_as_sent(
    kafka_address: str, topic: str, store: Store, tmp_path: Path
) -> None:
    config, tokens = settings(), tmp_path / "tokens.jsonl"
    token = new_token(tokens)
    with (
        collector(kafka_address, topic, tmp_path, "--token-file", str(tokens)) as door,
        KongHttpLog.configured(config, endpoint(config, door.url, token)) as kong,
    ):
        for entry in entries():
            kong.log(entry)
    assert (len(kong.sent), kong.dropped, kong.failures) == (1005, [], [])
    count(kafka_address, topic, store, tmp_path)
    assert_billed_as_sent(store)


@pytest.mark.long(reason="has a Kafka of its own, which is away for ten seconds")
def test_an_outage_of_kafka_changes_no_number_of_kong(store: Store, tmp_path: Path) -> None:
    config, tokens = settings(), tmp_path / "tokens.jsonl"
    token = new_token(tokens)
    config["queue"] |= {"max_batch_size": 20, "max_retry_delay": 1}
    with killed_kafka(tmp_path) as kafka:
        ensure_topic(kafka.address, TopicSpec("access", partitions=PARTITIONS))
        with (
            collector(kafka.address, "access", tmp_path, "--token-file", str(tokens)) as door,
            KongHttpLog.configured(config, endpoint(config, door.url, token)) as kong,
        ):
            for number, entry in enumerate(entries()):
                kong.log(entry)
                time.sleep(0.002)
                if number == 300:
                    kafka.kill()
            time.sleep(10)
            kafka.start()
        assert "503" in kong.failures
        assert (len(kong.sent), kong.dropped) == (1005, [])
        count(kafka.address, "access", store, tmp_path)
    assert_billed_as_sent(store)
