"""Traefik with the ready-made access log, and with one that keeps every field and header beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import yaml

from gatemeter.embedded.ports import choose_port
from tests.support.gateways.known_traffic import KnownRequest
from tests.support.gateways.program import CONFIGURATIONS, PASSWORD_HASH, Gateway, gateway, installed
from tests.support.gateways.recorded_logs import Told, expected

_DYNAMIC = """
http:
  routers:
    orders:
      rule: PathPrefix(`/orders`)
      service: orders-service
      middlewares: [users]
    open:
      rule: PathPrefix(`/open`)
      service: open-service
    partner:
      rule: PathPrefix(`/partner`)
      service: open-service
      middlewares: [partner]
  middlewares:
    users:
      basicAuth:
        users: ["acme:{hash}", "zoe:{hash}"]
    partner:
      headers:
        customRequestHeaders:
          X-Gatemeter-Consumer: partner-7
  services:
    orders-service: &upstream
      loadBalancer:
        servers: [{{url: "http://127.0.0.1:{upstream_port}"}}]
    open-service: *upstream
"""


def expected_of_traefik(request: KnownRequest) -> Told:
    """What the log tells of `request`; no service was asked about one that was refused."""
    service = "" if request.is_refused else "{}-service@file"
    return expected(request, service=service, route="{}@file", tells_upstream=True)


def configuration(directory: Path, port: int, api_port: int, settings: dict[str, Any]) -> dict[str, Any]:
    """The static configuration with what is in `settings`."""
    return {
        "entryPoints": {"web": {"address": f"127.0.0.1:{port}"}, "traefik": {"address": f"127.0.0.1:{api_port}"}},
        "api": {"insecure": True},
        "providers": {"file": {"filename": str(directory / "dynamic.yaml")}},
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        **settings,
    }


@contextmanager
def traefik(directory: Path, upstream_port: int, *, keeps_all: bool = False) -> Iterator[Gateway]:
    """Run Traefik in front of the upstream; with `keeps_all` as an operator has it who logs everything to its file."""
    settings = _ready_made("gatemeter")
    settings["accessLog"]["filePath"] = str(directory / "traefik.log")
    if keeps_all:
        settings["accessLog"]["fields"] = {"defaultMode": "keep", "headers": {"defaultMode": "keep"}}
    with _running(directory, upstream_port, settings, ["traefik"]) as running:
        yield running


@contextmanager
def traefik_posting(directory: Path, upstream_port: int, door: str) -> Iterator[Gateway]:
    """Run Traefik in front of the upstream; it posts its log as OTLP to the collector at the URL `door`."""
    settings = _ready_made("otlp")
    http = settings["accessLog"]["otlp"]["http"]
    http["endpoint"] = http["endpoint"].replace("http://gatemeter.example:8686", door)
    with _running(directory, upstream_port, settings, []) as running:
        yield running


def _ready_made(name: str) -> dict[str, Any]:
    text = (CONFIGURATIONS / "traefik" / f"{name}.yaml").read_text(encoding="utf-8")
    settings: dict[str, Any] = yaml.safe_load(text)
    return settings


@contextmanager
def _running(directory: Path, upstream_port: int, settings: dict[str, Any], logs: list[str]) -> Iterator[Gateway]:
    dynamic = _DYNAMIC.format(hash=PASSWORD_HASH, upstream_port=upstream_port)
    (directory / "dynamic.yaml").write_text(dynamic, encoding="utf-8")
    path, api_port = directory / "static.yaml", choose_port(requested=None, remembered=None, flag="api")

    def command_for(port: int) -> list[str | Path]:
        static = configuration(directory, port, api_port, settings)
        path.write_text(yaml.safe_dump(static), encoding="utf-8")
        return [installed("traefik"), f"--configFile={path}"]

    with gateway(directory, logs, command_for, is_ready=lambda: _has_routers(api_port)) as running:
        yield running


def _has_routers(api_port: int) -> bool:
    """It answers before it has read what to answer."""
    try:
        with urlopen(f"http://127.0.0.1:{api_port}/api/http/routers", timeout=5) as answer:
            return b"orders@file" in answer.read()
    except OSError:
        return False
