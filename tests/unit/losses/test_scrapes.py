"""Files of counters: which kind each is, of which node and moment, and which counts cannot be."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gatemeter.errors import InputError
from gatemeter.losses.counter_file import GatewayCounters
from gatemeter.losses.scrape import Scrape, SeriesKey

NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)
NAMED = "kong-1_2026-02-03T120000Z.prom"
KONG = 'kong_http_requests_total{service="google",route="google.route-1",code="200",source="service",consumer=""} 1\n'
_TRAEFIK = 'traefik_entrypoint_requests_total{{code="{}",entrypoint="web"}}'
_ENVOY = 'envoy_http_downstream_rq_total{{envoy_http_conn_manager_prefix="{}"}}'
_CADDY = 'caddy_http_requests_total{{handler="{}",server="srv0"}}'


def _scrape(folder: Path, text: str, name: str = NAMED) -> Scrape:
    [found] = _scrapes(folder, text, name)
    return found


def _scrapes(folder: Path, text: str, name: str = NAMED) -> list[Scrape]:
    path = folder / name
    path.write_text(text)
    return list(GatewayCounters.of_files([path]).scrapes)


def test_kongs_documented_metrics_are_counted_by_service_and_route(tmp_path: Path) -> None:
    text = (
        KONG
        + KONG.replace('"200"', '"404"').replace(" 1\n", " 2\n")
        + 'kong_node_info{node_id="8493",version="3.0.0"} 1\n'
    )
    found = _scrape(tmp_path, text)
    assert (found.node, found.at) == ("kong-1", NOON)
    assert found.counts == {SeriesKey("kong_http_requests_total", "google", "google.route-1"): 3}


@pytest.mark.parametrize(
    ("series", "counts"),
    [
        (
            [('kong_nginx_requests_total{subsystem="stream"}', 9), ('kong_nginx_requests_total{subsystem="http"}', 4)],
            [4],
        ),
        ([(_TRAEFIK.format(200), 3), (_TRAEFIK.format(404), 1)], [4]),
        ([(_ENVOY.format("admin"), 9), (_ENVOY.format("in"), 4)], [4]),
        ([(_CADDY.format("subroute"), 4), (_CADDY.format("reverse_proxy"), 3)], [3, 4]),
        ([("kong_nginx_http_total_requests", "1.234e+03")], [1234]),
    ],
)
def test_other_gateways_counters_are_read_without_what_is_not_theirs(
    tmp_path: Path, series: list[tuple[str, object]], counts: list[int]
) -> None:
    text = "".join(f"{name} {value}\n" for name, value in series)
    assert sorted(_scrape(tmp_path, text).counts.values()) == counts


def test_the_status_api_and_stub_status_are_read_by_their_form(tmp_path: Path) -> None:
    status = {"server": {"total_requests": 28, "connections_accepted": 3, "connections_handled": 3}, "database": {}}
    counts = "server accepts handled requests\n 16630948 16630948 31070465 \n"
    stub = f"Active connections: 291 \n{counts}Reading: 6 Writing: 179 Waiting: 106 \n"
    assert list(_scrape(tmp_path, json.dumps(status)).counts.values()) == [28]
    assert list(_scrape(tmp_path, stub).counts.values()) == [31_070_465]


def test_the_moment_is_told_by_a_comment_a_timestamp_or_the_name(tmp_path: Path) -> None:
    stamp = int(NOON.timestamp() * 1000)
    assert _scrape(tmp_path, "# scraped at 2026-02-03T13:00:00+01:00\n" + KONG, "a.prom").at == NOON
    assert _scrape(tmp_path, KONG.replace(" 1\n", f" 1 {stamp}\n"), "a.prom").at == NOON
    assert _scrape(tmp_path, KONG, "20260203T120000Z.prom").at == NOON


def test_several_instances_in_a_file_are_nodes_of_their_own(tmp_path: Path) -> None:
    text = "".join(KONG.replace("{", f'{{instance="10.0.0.{number}:8100",') for number in (1, 2))
    assert [scrape.node for scrape in _scrapes(tmp_path, text)] == ["10.0.0.1:8100", "10.0.0.2:8100"]


@pytest.mark.parametrize(
    ("text", "name", "what"),
    [
        (KONG, "a.prom", "when it was scraped is not told"),
        (KONG, "kong_2026-02-30T120000Z.prom", "when it was scraped is not told"),
        ("# scraped at 2026-02-03T12:00:00\n" + KONG, "a.prom", "not a time with an offset"),
        ("# scraped at 2026-02-03T13:00:00Z\n" + KONG, NAMED, "two times"),
        ("# scraped at 0001-01-01T00:00:00+14:00\n" + KONG, "a.prom", "not a time with an offset"),
        ("# scraped at 0001-01-01T00:00:00Z\n" + KONG, "a.prom", "no usage can be stored"),
        (KONG.replace(" 1\n", " 1 9999999999999999\n"), "a.prom", "not a time|no usage"),
        (KONG, "kong_9999-12-31T235959Z.prom", "no usage can be stored"),
        ("go_goroutines 7\n", NAMED, "no counter of requests"),
        (KONG.replace(" 1\n", " NaN\n"), NAMED, "whole number"),
        (KONG.replace(" 1\n", " +Inf\n"), NAMED, "whole number"),
        (KONG.replace(" 1\n", " -1\n"), NAMED, "whole number"),
        (KONG.replace(" 1\n", " 1.5\n"), NAMED, "whole number"),
        (KONG.replace(" 1\n", " 1e300\n"), NAMED, "whole number"),
        ('{"server": {"total_requests": "28"}}', NAMED, "not a count"),
        ('{"server": {"total_requests": 28}}', "status.json", "when it was asked for"),
        ('{"server"', NAMED, "not whole"),
        ('{"data": []}', NAMED, "neither a license report"),
        ("Active connections: 291 \nserver accepts handled requests\n 16630948 1663", NAMED, "not whole"),
    ],
)
def test_a_file_that_tells_no_certain_count_is_refused(tmp_path: Path, text: str, name: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as refused:
        _scrapes(tmp_path, text, name)
    assert name in refused.value.where


def test_a_file_that_is_missing_or_not_text_is_refused(tmp_path: Path) -> None:
    packed = tmp_path / "a.prom.gz"
    packed.write_bytes(b"\x1f\x8b\x08\x00")
    for path, what in ((tmp_path / "none", "cannot be read"), (packed, "UTF-8")):
        with pytest.raises(InputError, match=what):
            GatewayCounters.of_files([path])
