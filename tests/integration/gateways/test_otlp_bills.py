"""A thousand requests through real gateways that post their log as OTLP come out of a report as they were sent."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.support.collectors import collector, stored_lines
from tests.support.databases import Store
from tests.support.event_accounts import account_of
from tests.support.gateways.billed_traffic import REQUESTS, billed, expected
from tests.support.gateways.envoy import envoy_posting
from tests.support.gateways.known_traffic import SECRETS, send
from tests.support.gateways.program import Gateway
from tests.support.gateways.shippers import otel_collector_forwarding
from tests.support.gateways.traefik import traefik_posting
from tests.support.gateways.upstream import upstream
from tests.support.server_fixtures import PARTITIONS
from tests.support.worked_topic import count_topic

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.clickhouse,
    pytest.mark.long(reason="gateway, collector and worker one after the other"),
    pytest.mark.timeout(1800),
]

Posting = Callable[[Path, int, str], AbstractContextManager[Gateway]]


@contextmanager
def traefik_through_an_otel_collector(directory: Path, upstream_port: int, door: str) -> Iterator[Gateway]:
    with otel_collector_forwarding(door, directory) as url, traefik_posting(directory, upstream_port, url) as running:
        yield running


POSTING: dict[str, Posting] = {
    "envoy": envoy_posting,
    "traefik": traefik_posting,
    "traefik-otelcol": traefik_through_an_otel_collector,
}


@pytest.mark.parametrize("name", POSTING)
def test_a_thousand_requests_are_billed_as_sent(
    name: str, kafka_address: str, topic: str, store: Store, tmp_path: Path
) -> None:
    with (
        # Envoy loses what is refused, and the others send it again, which is not what is looked at here.
        collector(kafka_address, topic, tmp_path, "--answer-within", "60") as door,
        upstream() as upstream_port,
        POSTING[name](tmp_path, upstream_port, door.url) as gateway,
    ):
        send(gateway.port, REQUESTS)
        count_topic(kafka_address, topic, store, tmp_path, len(REQUESTS))
    account = account_of(store.url)
    assert (account.counted, account.duplicates, account.dead_letters) == (1_000, 0, 0)
    assert billed(store) == expected([True])
    stored = b"\n".join(each.line for each in stored_lines(kafka_address, topic, PARTITIONS)).decode()
    assert [secret for secret in SECRETS if secret in stored] == []
