"""Kong's plugins with the ready-made settings: what they log is billed, whatever happens on the way.

Kong itself cannot be run here; a sender with its queue and its retries stands in.
"""

import json
import time
from collections.abc import Sequence
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
from tests.support.kong_sender import KongSender, as_json
from tests.support.otlp_records import log_record, logs_request
from tests.support.server_fixtures import PARTITIONS
from tests.support.worked_topic import count_topic

service = pytest.importorskip("opentelemetry.proto.collector.logs.v1.logs_service_pb2")
json_format = pytest.importorskip("google.protobuf.json_format")

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

BAD_ELEMENTS = [b'{"request":7,"started_at":"soon"}', b'"text"', b"7", b"{}", b"null"]
TOKEN = '${{ env "DECK_GATEMETER_TOKEN" }}'


def entries() -> list[bytes]:
    """What Kong logs of the requests, and behind every 200th something that is not an event."""
    found: list[bytes] = []
    for number, line in enumerate(log_lines()):
        found.append(line)
        if number % 200 == 199:
            found.append(BAD_ELEMENTS[number // 200])
    return found


def settings(plugin: str, url: str, token: str) -> Any:
    """The plugin's `config` as the ready-made file has it, with another host and a token, as an operator changes it."""
    text = (CONFIGURATIONS / "kong" / f"{plugin}.yaml").read_text(encoding="utf-8")
    for ours, theirs in {"gatemeter.example:8686": url.removeprefix("http://"), TOKEN: token}.items():
        assert ours in text
        text = text.replace(ours, theirs)
    (found,) = yaml.safe_load(text)["plugins"]
    return found["config"]


def new_token(path: Path) -> str:
    return run("tokens", "create", "--token-file", path, "--role", "ingest", "--name", "kong").stdout.strip()


def assert_counted_as_sent(store: Store) -> None:
    account = account_of(store.url)
    assert (account.counted, account.dead_letters) == (len(REQUESTS), len(BAD_ELEMENTS))
    assert_billed_as_sent(store)


def test_a_thousand_requests_of_kong_are_billed_as_sent(
    kafka_address: str, topic: str, store: Store, tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens.jsonl"
    token = new_token(tokens)
    with collector(kafka_address, topic, tmp_path, "--token-file", str(tokens)) as door:
        config = settings("http-log", door.url, token)
        with KongSender.configured(config, config["http_endpoint"]) as kong:
            for entry in entries():
                kong.log(entry)
    assert (len(kong.sent), kong.dropped, kong.failures) == (1005, [], [])
    count_topic(kafka_address, topic, store, tmp_path, len(entries()))
    assert_counted_as_sent(store)


@pytest.mark.long(reason="has a Kafka of its own, which is away for ten seconds")
def test_an_outage_of_kafka_changes_no_number_of_kong(store: Store, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.jsonl"
    token = new_token(tokens)
    with killed_kafka(tmp_path) as kafka:
        ensure_topic(kafka.address, TopicSpec("access", partitions=PARTITIONS))
        with collector(kafka.address, "access", tmp_path, "--token-file", str(tokens)) as door:
            config = settings("http-log", door.url, token)
            config["queue"] |= {"max_batch_size": 20, "max_retry_delay": 1}
            with KongSender.configured(config, config["http_endpoint"]) as kong:
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


def usage_events() -> list[bytes]:
    """The requests as CloudEvents of the Metering & Billing plugin, whose subject is the consumer."""
    return [
        json.dumps(
            {
                "specversion": "1.0",
                "id": f"r-{number}",
                "source": "kong-gateway",
                "type": "kong.api_request",
                "subject": f"consumer:{consumer}",
                "time": "2026-02-03T10:00:00.053Z",
                "data": {"request_method": "GET", "response_http_status": status},
            }
        ).encode()
        for number, (consumer, status) in enumerate(REQUESTS)
    ]


def otlp_records() -> list[bytes]:
    """The requests as access logs of the opentelemetry plugin."""
    return [
        json.dumps(
            log_record(
                {
                    "kong.request.id": f"r-{number}",
                    "kong.request.started_at": 1770112800053.0,
                    "http.request.method": "GET",
                    "http.response.status_code": status,
                    "kong.consumer.id": consumer,
                }
            )
        ).encode()
        for number, (consumer, status) in enumerate(REQUESTS)
    ]


def in_protobuf(batch: Sequence[bytes]) -> bytes:
    request = json_format.Parse(logs_request(*map(json.loads, batch)).decode(), service.ExportLogsServiceRequest())
    return bytes(request.SerializeToString())


OTHERS = {
    "metering-and-billing": (usage_events, as_json, "application/cloudevents-batch+json"),
    "opentelemetry": (otlp_records, in_protobuf, "application/x-protobuf"),
}


@pytest.mark.long(reason="a second and a third way to send the same")
@pytest.mark.parametrize("plugin", OTHERS)
def test_a_thousand_requests_of_another_plugin_are_billed_as_sent(
    plugin: str, kafka_address: str, topic: str, store: Store, tmp_path: Path
) -> None:
    entries_of, encode, media_type = OTHERS[plugin]
    tokens = tmp_path / "tokens.jsonl"
    token = new_token(tokens)
    with collector(kafka_address, topic, tmp_path, "--token-file", str(tokens)) as door:
        config = settings(plugin, door.url, token)
        url = config.get("ingest_endpoint") or config["access_logs"]["endpoint"]
        with KongSender.configured(config, url, encode=encode, media_type=media_type) as kong:
            for entry in entries_of():
                kong.log(entry)
    assert (len(kong.sent), kong.dropped, kong.failures) == (1000, [], [])
    count_topic(kafka_address, topic, store, tmp_path, len(REQUESTS))
    account = account_of(store.url)
    assert (account.counted, account.dead_letters) == (len(REQUESTS), 0)
    assert_billed_as_sent(store)
