"""HAProxy with the ready-made log format; it logs to its output, where others let it log to syslog."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.gateways.built_programs import debian_program
from tests.support.gateways.known_traffic import PASSWORD
from tests.support.gateways.program import CONFIGURATIONS, Gateway, gateway
from tests.support.repository import ROOT

_CONFIGURATION = """
global
    log stdout format raw local0
defaults
    mode http
    log global
    option dontlognull
    option httpclose
    timeout client 30s
    timeout server 30s
    timeout connect 5s
userlist users
    user acme insecure-password {password}
    user zoe insecure-password {password}
frontend orders
    bind 127.0.0.1:{port}
{gatemeter_cfg}
    acl known http_auth(users)
    acl needs_user path_beg /orders
    {consumer}
    http-request auth if needs_user !known
    use_backend orders-service if needs_user
    default_backend open-service
backend orders-service
    server s1 127.0.0.1:{upstream_port}
backend open-service
    server s1 127.0.0.1:{upstream_port}
"""


@contextmanager
def haproxy(directory: Path, upstream_port: int) -> Iterator[Gateway]:
    """Run HAProxy in front of the upstream."""
    program, path = debian_program("haproxy", "usr/sbin/haproxy"), directory / "haproxy.cfg"

    def command_for(port: int) -> list[str | Path]:
        text = _CONFIGURATION.format(
            gatemeter_cfg=(CONFIGURATIONS / "haproxy" / "gatemeter.cfg").read_text(encoding="utf-8"),
            consumer=_documented_consumer(),
            port=port,
            upstream_port=upstream_port,
            password=PASSWORD,
        )
        path.write_text(text, encoding="utf-8")
        return [program.path, "-db", "-f", path]

    environment = {**program.environment, "TZ": "UTC"}
    with gateway(directory, ["haproxy"], command_for, output_name="haproxy.log", environment=environment) as running:
        yield running


def _documented_consumer() -> str:
    """The line that docs/gateways/haproxy.md has for users of `http_auth`."""
    page = (ROOT / "docs" / "gateways" / "haproxy.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"`(http-request set-var[^`]* if known)`", page)
    return str(line)
