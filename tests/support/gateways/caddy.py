"""Caddy with the ready-made access log, or with its default one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.gateways.known_traffic import KnownRequest
from tests.support.gateways.program import CONFIGURATIONS, Gateway, gateway, installed
from tests.support.gateways.recorded_logs import Told, expected

_BCRYPT = "$2a$04$BM8tdVxkvwMS83utp.BKJuMa06ePYnYhuEFfdyHke8fqwyIjicVwW"
"""Of the password of all users: `caddy hash-password --bcrypt-cost 4`."""
_CONFIGURATION = """
{{
    admin off
    persist_config off
    auto_https off
    storage file_system {directory}/storage
}}
import {snippet}
http://127.0.0.1:{port}, http://api.example.test:{port} {{
    {log}
    handle /orders* {{
        log_append service orders-service
        log_append route orders
        basic_auth {{
            acme {bcrypt}
            zoe {bcrypt}
        }}
        reverse_proxy 127.0.0.1:{upstream_port}
    }}
    handle /open* {{
        log_append service open-service
        log_append route open
        reverse_proxy 127.0.0.1:{upstream_port}
    }}
    handle /partner* {{
        log_append consumer partner-7
        reverse_proxy 127.0.0.1:{upstream_port}
    }}
}}
"""


def expected_of_caddy(request: KnownRequest) -> Told:
    """What the ready-made log tells of `request`."""
    return expected(request, service="{}-service", route="{}", tells_upstream=True)


@contextmanager
def caddy(directory: Path, upstream_port: int, *, logs_all: bool = False) -> Iterator[Gateway]:
    """Run Caddy in front of the upstream; with `logs_all` it logs what it logs by itself."""
    snippet = directory / "gatemeter.caddy"
    ready_made = (CONFIGURATIONS / "caddy" / "gatemeter.caddy").read_text(encoding="utf-8")
    snippet.write_text(ready_made.replace("/var/log/caddy/gatemeter.log", f"{directory}/caddy.log"), encoding="utf-8")
    log = f"log all {{\n output file {directory}/caddy.log\n }}" if logs_all else "import gatemeter"

    def command_for(port: int) -> list[str | Path]:
        path = directory / "Caddyfile"
        text = _CONFIGURATION.format(
            directory=directory, snippet=snippet, log=log, port=port, upstream_port=upstream_port, bcrypt=_BCRYPT
        )
        path.write_text(text, encoding="utf-8")
        return [installed("caddy"), "run", "--config", path, "--adapter", "caddyfile"]

    with gateway(directory, ["caddy"], command_for) as running:
        yield running
