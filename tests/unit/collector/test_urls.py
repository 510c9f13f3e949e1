"""The URLs that people give to gateways are those that the collector has."""

import platform

from gatemeter.collector.app import endpoints
from gatemeter.collector.urls import urls_to_paste
from gatemeter.formats.registry import known_formats


def told(url: str) -> list[str]:
    return [line.rsplit("  ", 1)[1] for line in urls_to_paste(url).splitlines()]


def test_each_kind_of_sender_has_a_url() -> None:
    assert told("http://127.0.0.1:8686") == [
        "http://127.0.0.1:8686/",
        "http://127.0.0.1:8686/api/v3/openmeter/events",
        "http://127.0.0.1:8686/v1/logs",
        "http://127.0.0.1:8686/ingest/litellm",
        "http://127.0.0.1:8686/ingest/apisix",
        "http://127.0.0.1:8686/ingest/FORMAT",
    ]


def test_every_url_is_one_that_the_collector_has() -> None:
    paths = {*endpoints(), "/ingest/FORMAT", *(f"/ingest/{each.name}" for each in known_formats())}
    assert {url.removeprefix("http://127.0.0.1:8686") for url in told("http://127.0.0.1:8686")} <= paths


def test_an_address_that_stands_for_all_is_told_by_name() -> None:
    assert told("http://0.0.0.0:8686")[0] == f"http://{platform.node()}:8686/"
    assert told("http://[::]:8686")[0] == f"http://{platform.node()}:8686/"
