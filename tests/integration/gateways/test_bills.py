"""A thousand requests through each real gateway come out of a report as they were sent."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path

import pytest

from tests.support.command_in_process import read, run
from tests.support.databases import Store
from tests.support.gateways.billed_traffic import REQUESTS, billed, expected
from tests.support.gateways.caddy import caddy
from tests.support.gateways.envoy import envoy
from tests.support.gateways.haproxy import haproxy
from tests.support.gateways.known_traffic import send
from tests.support.gateways.nginx import nginx
from tests.support.gateways.program import Gateway
from tests.support.gateways.traefik import traefik
from tests.support.gateways.upstream import upstream
from tests.support.smoke import smoke
from tests.support.worked_topic import count_topic

pytestmark = pytest.mark.clickhouse

LogsOf = Callable[[str], dict[str, Path]]
RunGateway = Callable[[Path, int], AbstractContextManager[Gateway]]
GATEWAYS: dict[str, RunGateway] = {"nginx": nginx, "traefik": traefik, "envoy": envoy, "caddy": caddy}
WITHOUT_CONSUMER = {"envoy-text"}
"""Logs that do not tell who called."""


@pytest.fixture(scope="module")
def logs_of(tmp_path_factory: pytest.TempPathFactory) -> LogsOf:
    """The logs of a gateway by format, each with the same thousand requests, which are sent when it is first asked."""

    @cache
    def logs(name: str) -> dict[str, Path]:
        with upstream() as upstream_port, GATEWAYS[name](tmp_path_factory.mktemp(name), upstream_port) as gateway:
            send(gateway.port, REQUESTS)
            sent = {len(gateway.lines(log_format, len(REQUESTS))) for log_format in gateway.logs}
        assert sent == {1_000}
        return dict(gateway.logs)

    return logs


@pytest.mark.parametrize("name", smoke(GATEWAYS, 1, reason="the lines of each gateway are read in `make test`"))
def test_a_thousand_requests_are_billed_as_sent(name: str, logs_of: LogsOf, store: Store) -> None:
    logs = logs_of(name)
    for path in logs.values():
        [summary] = read("meter", path, *store.flags)
        assert (summary["counted"], summary["duplicates"], summary["dead_letters"]) == (1_000, 0, 0)
        assert read("meter", path, *store.flags)[0]["new"] == 0
    assert billed(store) == expected([log_format not in WITHOUT_CONSUMER for log_format in logs])


@pytest.mark.long(reason="ships the logs of all gateways; nginx's is billed as sent in `make test`")
@pytest.mark.kafka
def test_a_thousand_requests_of_each_are_billed_as_shipped(
    logs_of: LogsOf, kafka_address: str, topic: str, store: Store, tmp_path: Path
) -> None:
    """Every log is shipped twice, as after a crash of the shipper without a checkpoint."""
    paths = {log_format: path for name in GATEWAYS for log_format, path in logs_of(name).items()}
    for path in [*paths.values(), *paths.values()]:
        run("ship", path, "--kafka", kafka_address, "--topic", topic)
    count_topic(kafka_address, topic, store, tmp_path, len(paths) * len(REQUESTS))
    assert billed(store) == expected([log_format not in WITHOUT_CONSUMER for log_format in paths])


@pytest.mark.long(reason="HAProxy is downloaded first")
def test_a_thousand_requests_of_haproxy_are_billed_as_sent(store: Store, tmp_path: Path) -> None:
    with upstream() as upstream_port, haproxy(tmp_path, upstream_port) as gateway:
        send(gateway.port, REQUESTS)
        gateway.lines("haproxy", len(REQUESTS))
    [summary] = read("meter", gateway.logs["haproxy"], *store.flags)
    assert (summary["counted"], summary["duplicates"], summary["dead_letters"]) == (1_000, 0, 0)
    assert billed(store) == expected([True])
