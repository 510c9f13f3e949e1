"""Kong's http-log plugin with the ready-made settings: what it logs is billed, whatever happens on the way.

Kong itself cannot be run here; a sender with its queue and its retries stands in.
"""

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from gatemeter.kafka.topics import ensure_topic
from gatemeter.wire.topics import TopicSpec
from tests.support.collectors import collector
from tests.support.command_in_process import run
from tests.support.databases import Store
from tests.support.event_accounts import account_of
from tests.support.gateways.kong_traffic import REQUESTS, assert_billed_as_sent, log_lines
from tests.support.gateways.program import CONFIGURATIONS
from tests.support.killed_kafka import killed_kafka
from tests.support.kong_http_log import KongHttpLog
from tests.support.server_fixtures import PARTITIONS
from tests.support.worked_topic import count_topic

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

BAD_ELEMENTS = [b'{"request":7,"started_at":"soon"}', b'"text"', b"7", b"{}", b"null"]
TOKEN = '${{ env "DECK_GATEMETER_TOKEN" }}'


def entries() -> list[bytes]:
    """What Kong logs of the requests, and something that is no event behind every 200th."""
    found: list[bytes] = []
    for number, line in enumerate(log_lines()):
        found.append(line)
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


def assert_counted_as_sent(store: Store) -> None:
    account = account_of(store.url)
    assert (account.counted, account.dead_letters) == (len(REQUESTS), len(BAD_ELEMENTS))
    assert_billed_as_sent(store)


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
    count_topic(kafka_address, topic, store, tmp_path, len(entries()))
    assert_counted_as_sent(store)


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
        count_topic(kafka.address, "access", store, tmp_path, len(entries()))
    assert_counted_as_sent(store)
