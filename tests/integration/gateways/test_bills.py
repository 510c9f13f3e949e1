"""A thousand requests through each real gateway come out of a report as they were sent."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.support.command_in_process import read
from tests.support.databases import Store
from tests.support.gateways.billed_traffic import REQUESTS, billed, expected
from tests.support.gateways.caddy import caddy
from tests.support.gateways.envoy import envoy
from tests.support.gateways.known_traffic import send
from tests.support.gateways.nginx import nginx
from tests.support.gateways.program import Gateway
from tests.support.gateways.traefik import traefik
from tests.support.gateways.upstream import upstream

pytestmark = pytest.mark.clickhouse

RunGateway = Callable[[Path, int], AbstractContextManager[Gateway]]
GATEWAYS: dict[str, RunGateway] = {"nginx": nginx, "traefik": traefik, "envoy": envoy, "caddy": caddy}
WITHOUT_CONSUMER = {"envoy-text"}
"""Logs that do not tell who called."""


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
    assert billed(store) == expected([name not in WITHOUT_CONSUMER for name in gateway.logs])
