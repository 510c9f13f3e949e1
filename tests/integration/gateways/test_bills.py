"""A thousand requests through each real gateway come out of a report as they were sent."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import product
from pathlib import Path

import pytest

from tests.support.command_in_process import read
from tests.support.databases import Store
from tests.support.gateways.caddy import caddy
from tests.support.gateways.envoy import envoy
from tests.support.gateways.known_traffic import KnownRequest, send
from tests.support.gateways.nginx import nginx
from tests.support.gateways.program import Gateway
from tests.support.gateways.traefik import traefik
from tests.support.gateways.upstream import upstream

pytestmark = pytest.mark.clickhouse

RunGateway = Callable[[Path, int], AbstractContextManager[Gateway]]
GATEWAYS: dict[str, RunGateway] = {"nginx": nginx, "traefik": traefik, "envoy": envoy, "caddy": caddy}
WITHOUT_CONSUMER = {"envoy-text"}
"""Logs that do not tell who called."""
ROUND = (
    *[KnownRequest("GET", "/orders/17", "acme")] * 5,
    *[KnownRequest("POST", "/orders", "zoe", status=201)] * 3,
    KnownRequest("GET", "/orders/0", "acme", status=503),
    KnownRequest("GET", "/orders/1", "mallory", status=401, password="guessed"),
    *[KnownRequest("GET", "/open/prices")] * 2,
)
"""Twelve requests, some of them alike."""
REQUESTS = (*ROUND * 83, *ROUND[:4])


@pytest.mark.parametrize("name", GATEWAYS)
def test_a_thousand_requests_are_billed_as_sent(name: str, store: Store, tmp_path: Path) -> None:
    with upstream() as upstream_port, GATEWAYS[name](tmp_path, upstream_port) as gateway:
        send(gateway.port, REQUESTS)
        sent = {log_format: gateway.lines(log_format, len(REQUESTS)) for log_format in gateway.logs}
    assert {len(lines) for lines in sent.values()} == {1_000}
    for path in gateway.logs.values():
        [summary] = read("meter", path, *store.flags)
        assert (summary["counted"], summary["duplicates"], summary["dead_letters"]) == (1_000, 0, 0)
        assert read("meter", path, *store.flags)[0]["new"] == 0
    billed = {
        (row["consumer_id"] or row["consumer_username"]): (row["requests"], row["status_2xx"], row["status_4xx"])
        for row in read("report", "billable", "--period", "year", *store.flags)
    }
    assert billed == expected([name not in WITHOUT_CONSUMER for name in gateway.logs])


def expected(logs: list[bool]) -> dict[str, tuple[int, int, int]]:
    """Requests, successes and refusals by consumer; of each log whether it tells consumers."""
    counted: Counter[tuple[str, int]] = Counter()
    for request, tells_consumer in product(REQUESTS, logs):
        consumer = request.consumer if tells_consumer else ""
        counted[consumer or "anonymous", request.status // 100] += 1
    return {
        consumer: (sum(counted[consumer, each] for each in (2, 4, 5)), counted[consumer, 2], counted[consumer, 4])
        for consumer in {consumer for consumer, _ in counted}
    }
