"""A real nginx that lets nobody through whose budget is used up."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gatemeter.embedded.ports import choose_port
from tests.support.gateways.nginx import nginx_command
from tests.support.gateways.program import CONFIGURATIONS, gateway
from tests.support.http_answers import get

STATUSES = {"acme": 200, "globex": 403, "unknown": 404, "broken": 500}
_HTTP = """
    access_log off;
    include {files}/gatemeter.conf;
    include {directory}/entitlements-http.conf;
    server {{
        listen 127.0.0.1:{port};
        include {files}/entitlements-server.conf;
        location / {{
            set $gatemeter_consumer $arg_consumer;
            auth_request /_gatemeter_entitlement;
            try_files /none =418;
        }}
    }}
"""


@contextmanager
def entitlements() -> Iterator[tuple[int, list[str]]]:
    """The port of something that answers as the API does, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(STATUSES.get(self.path.removesuffix("?deny=true").rpartition("/")[2], 404))
            self.send_header("Cache-Control", "private, no-cache")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def command(directory: Path, port: int, api_port: int, *options: str) -> list[str | Path]:
    """The call of an nginx on `port` that asks the API on `api_port`."""
    files = CONFIGURATIONS / "nginx"
    text = (files / "entitlements-http.conf").read_text()
    text = text.replace("127.0.0.1:8687;", f"127.0.0.1:{api_port};").replace("/var/cache/nginx", str(directory))
    (directory / "entitlements-http.conf").write_text(text)
    return nginx_command(directory, _HTTP.format(directory=directory, files=files, port=port), *options)


def test_nginx_takes_the_ready_made_files(tmp_path: Path) -> None:
    checking = command(tmp_path, choose_port(requested=None, remembered=None, flag="port"), 1, "-t")
    checked = subprocess.run(checking, capture_output=True, text=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("is_answered", [True, False])
def test_who_has_used_a_budget_up_is_answered_429(tmp_path: Path, *, is_answered: bool) -> None:
    with entitlements() as (api_port, asked):
        port = api_port if is_answered else 1

        def started(own_port: int) -> list[str | Path]:
            return command(tmp_path, own_port, port)

        with gateway(tmp_path, [], started) as nginx:
            names = ("acme", "globex", "unknown", "broken", "", "globex%2F..%2Facme", "globex?x", "globex")
            found = [get(f"http://127.0.0.1:{nginx.port}", f"/orders?consumer={each}")[0] for each in names]
    denied = [each == "globex" and is_answered for each in names]
    assert found == [429 if each else 418 for each in denied]
    assert asked.count("/api/v1/entitlements/globex?deny=true") == int(is_answered)  # the second time from the cache
