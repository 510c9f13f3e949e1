"""Envoy with the ready-made access log, and with its default text beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.support.gateways.known_traffic import KnownRequest
from tests.support.gateways.program import CONFIGURATIONS, HTPASSWD, Gateway, gateway, installed
from tests.support.gateways.recorded_logs import Told, expected

_TYPE = "type.googleapis.com/envoy.extensions"
_FILTERS = f"{_TYPE}.filters"
_FILE_LOG = f"{_TYPE}.access_loggers.file.v3.FileAccessLog"
_UNPROTECTED = {
    "envoy.filters.http.basic_auth": {
        "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig",
        "disabled": True,
        "config": {},
    }
}


def expected_of_envoy(request: KnownRequest) -> Told:
    """What the JSON log tells of `request`."""
    return expected(request, service="{}-service", route="{}", tells_upstream=True)


@contextmanager
def envoy(directory: Path, upstream_port: int) -> Iterator[Gateway]:
    """Run Envoy in front of the upstream; `envoy` is its JSON log, `envoy-text` its text."""
    with _running(directory, upstream_port, _ready_made(directory), ["envoy", "envoy-text"]) as running:
        yield running


@contextmanager
def envoy_posting(directory: Path, upstream_port: int, door: str) -> Iterator[Gateway]:
    """Run Envoy in front of the upstream; it posts its log as OTLP to the collector at the URL `door`."""
    settings = yaml.safe_load((CONFIGURATIONS / "envoy" / "otlp_access_log.yaml").read_text(encoding="utf-8"))
    service = settings["access_log"][0]["typed_config"]["http_service"]
    service["http_uri"]["uri"] = service["http_uri"]["uri"].replace("http://gatemeter.example:8686", door)
    (cluster,) = settings["clusters"]
    (endpoint,) = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"]
    endpoint["endpoint"] = _address(int(door.rpartition(":")[2]))
    with _running(directory, upstream_port, settings, []) as running:
        yield running


@contextmanager
def _running(directory: Path, upstream_port: int, settings: dict[str, Any], logs: list[str]) -> Iterator[Gateway]:
    path = directory / "envoy.yaml"

    def command_for(port: int) -> list[str | Path]:
        path.write_text(yaml.safe_dump(_configuration(port, upstream_port, settings)), encoding="utf-8")
        options = ["--disable-hot-restart", "--concurrency", "1", "--file-flush-interval-msec", "50"]
        return [installed("envoy"), "-c", path, *options]

    with gateway(directory, logs, command_for) as running:
        yield running


def _configuration(port: int, upstream_port: int, settings: dict[str, Any]) -> dict[str, Any]:
    further = settings.get("clusters", [])
    manager = {
        "@type": f"{_FILTERS}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "all",
        "delayed_close_timeout": "0s",
        **{name: value for name, value in settings.items() if name != "clusters"},
        "http_filters": [_basic_auth(), _named("http.router", "http.router.v3.Router")],
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": _routes()}]},
    }
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    clusters = [*further, *(_cluster(name, upstream_port) for name in ("orders-service", "open-service"))]
    return {"static_resources": {"listeners": [{**_address(port), "filter_chains": [chain]}], "clusters": clusters}}


def _ready_made(directory: Path) -> dict[str, Any]:
    text = (CONFIGURATIONS / "envoy" / "access_log.yaml").read_text(encoding="utf-8")
    settings: dict[str, Any] = yaml.safe_load(text)
    settings["access_log"][0]["typed_config"]["path"] = str(directory / "envoy.log")
    default = {"@type": _FILE_LOG, "path": str(directory / "envoy-text.log")}
    settings["access_log"].append({"name": "default", "typed_config": default})
    return settings


def _basic_auth() -> dict[str, Any]:
    filter_ = _named("http.basic_auth", "http.basic_auth.v3.BasicAuth")
    filter_["typed_config"] |= {
        "users": {"inline_string": HTPASSWD},
        "forward_username_header": "x-gatemeter-consumer",
    }
    return filter_


def _routes() -> list[dict[str, Any]]:
    def route(name: str, **more: object) -> dict[str, Any]:
        return {"name": name, "match": {"prefix": f"/{name}"}, "route": {"cluster": f"{name}-service"}, **more}

    return [route("orders"), route("open", typed_per_filter_config=_UNPROTECTED)]


def _named(name: str, type_name: str) -> dict[str, Any]:
    return {"name": f"envoy.filters.{name}", "typed_config": {"@type": f"{_FILTERS}.{type_name}"}}


def _cluster(name: str, port: int) -> dict[str, Any]:
    endpoints = [{"lb_endpoints": [{"endpoint": _address(port)}]}]
    return {"name": name, "type": "STATIC", "load_assignment": {"cluster_name": name, "endpoints": endpoints}}


def _address(port: int) -> dict[str, Any]:
    return {"address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}}
