"""A small HTTP server that answers as the documented admin APIs of gateways do, and badly where it is told to."""

import json
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

Entity = dict[str, Any]
Fault = Callable[[BaseHTTPRequestHandler], None]
"""Answers one request in place of the API."""

ROOT = {
    "version": "3.10.0.2",
    "edition": "enterprise",
    "hostname": "cp-1.internal",
    "node_id": "1f257156-5e44-46e2-a618-767f5c7529e3",
    "configuration": {"database": "postgres", "role": "control_plane", "pg_password": "pg-secret"},
    "plugins": {"available_on_server": {"acl": True}},
}
REPORT = {
    "timestamp": 1769904000,
    "checksum": "3f786850e387550fdab836ed7e6dc881de23001b",
    "kong_version": "3.10.0.2-enterprise-edition",
    "db_version": "postgres 15.2",
    "license": {"license_key": "00141000017ODj3AAG_a1V41000004wT0OEAU", "license_expiration_date": "2027-01-01"},
    "counters": {"buckets": [{"bucket": "2026-01", "request_count": 800}], "total_requests": 800},
    "plugins_count": {"tiers": {"free": {"key-auth": 1}, "enterprise": {}, "custom": {}}},
    "services_count": 3,
    "routes_count": 2,
    "consumers_count": 2,
    "rbac_users": 4,
    "workspaces_count": 2,
    "system_info": {"cores": 4, "hostname": "cp-1.internal", "uname": "Linux x86_64"},
    "deployment_info": {"type": "hybrid", "connected_dp_count": 2},
}


@dataclass
class AdminApi:
    """What the server answers. `lists` are given in pages by path, `objects` whole, `statuses` instead of either.

    `faults` are used up one a request of their path; `after_page` is called with the path and number of each page.
    """

    token: str = "admin-secret"
    page_size: int = 2
    lists: dict[str, list[Entity]] = field(default_factory=dict)
    objects: dict[str, Any] = field(default_factory=lambda: {"/": ROOT, "/license/report": REPORT})
    statuses: dict[str, int] = field(default_factory=dict)
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    after_page: Callable[[str, int], None] = lambda path, number: None
    asked: list[tuple[str, Mapping[str, list[str]]]] = field(default_factory=list)
    address: str = ""
    released: threading.Event = field(default_factory=threading.Event)
    """Set at the end of the block; a fault may wait for it."""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        parts = urlsplit(handler.path)
        query = parse_qs(parts.query)
        self.asked.append((parts.path, query))
        if self.faults[parts.path]:
            self.faults[parts.path].popleft()(handler)
        elif self.token not in (handler.headers.get("Kong-Admin-Token"), self._bearer(handler)):
            send(handler, 401, {"message": "Invalid RBAC credentials"})
        elif parts.path in self.statuses:
            send(handler, self.statuses[parts.path], {"message": "you do not have permissions to read this resource"})
        elif parts.path in self.objects:
            send(handler, 200, self.objects[parts.path])
        elif parts.path in self.lists:
            self._send_page(handler, parts.path, query)
        else:
            send(handler, 404, {"message": "Not found"})

    def _bearer(self, handler: BaseHTTPRequestHandler) -> str:
        return handler.headers.get("Authorization", "").removeprefix("Bearer ")

    def _send_page(self, handler: BaseHTTPRequestHandler, path: str, query: Mapping[str, list[str]]) -> None:
        """The next page begins behind the last id of this one, whether or not that is still there."""
        entities = sorted(self.lists[path], key=lambda entity: str(entity["id"]))
        last = query.get("offset", query.get("page[after]", [""]))[0]
        left = [entity for entity in entities if str(entity["id"]) > last]
        page, more = left[: self.page_size], left[self.page_size :]
        after = page[-1]["id"] if more else None
        body: Any
        if path.endswith("/nodes"):
            body = {"items": page, "page": {"total_count": len(entities), "next": after}}
        elif path.startswith("/v1/"):
            body = {"data": page, "meta": {"size": len(page), "next": after and f"{path}?page%5Bafter%5D={after}"}}
        else:
            body = {"data": page, "next": after and f"{path}?offset={after}", "offset": after}
        send(handler, 200, body)
        self.after_page(path, sum(asked == path for asked, _ in self.asked))


def send(handler: BaseHTTPRequestHandler, status: int, body: object, **headers: str) -> None:
    """A whole answer of JSON."""
    text = json.dumps(body).encode()
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", "Content-Length": str(len(text)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(text)


def refuses(status: int, **headers: str) -> Fault:
    """Answers with a status, and no more."""
    return lambda handler: send(handler, status, {"message": "no"}, **headers)


def breaks_off(handler: BaseHTTPRequestHandler) -> None:
    """Sends the beginning of an answer, and ends."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"data":[{"id":"s1"}')
    handler.close_connection = True


def sends(text: bytes) -> Fault:
    """Answers 200 with any bytes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    return answer


@contextmanager
def served(api: AdminApi, certificate: Path | None = None) -> Iterator[AdminApi]:
    """The API on a port of the loopback address, for a block; its `address` is the URL.

    With a PEM file of a certificate and its key it speaks TLS.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in one packet

        def do_GET(self) -> None:
            api.answer(self)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    api.address = f"http{'' if certificate is None else 's'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def small_gateway() -> AdminApi:
    """A control plane with two workspaces, two data planes, and secrets wherever the API tells any."""
    return AdminApi(
        lists={
            "/workspaces": [{"id": "w1", "name": "default"}, {"id": "w2", "name": "shop"}],
            "/default/services": [{"id": "s1", "name": "orders", "enabled": True, "host": "upstream-secret"}],
            "/default/routes": [{"id": "r1", "name": "get-orders", "service": {"id": "s1"}, "paths": ["/o"]}],
            "/default/plugins": [
                {"id": "p1", "name": "key-auth", "enabled": True, "config": {"key_names": ["config-secret"]}},
                {
                    "id": "p2",
                    "name": "aws-lambda",
                    "enabled": False,
                    "route": {"id": "r1"},
                    "config": {"function_name": "resize", "aws_secret": "config-secret"},
                },
            ],
            "/default/consumers": [{"id": "c1", "username": "acme", "custom_id": "cust-1", "tags": ["team:a"]}],
            "/default/consumer_groups": [],
            "/default/rbac/users": [{"id": "u1", "name": "root", "user_token": "token-secret"}, {"id": "u2"}],
            "/default/key-auths": [
                {"id": "k1", "key": "key-secret", "consumer": {"id": "c1"}, "created_at": 1_770_000_000, "ttl": 9},
                {"id": "k2", "key": "key-secret", "consumer": {"id": "c1"}, "tags": ["ci"]},
                {"id": "k3", "key": "key-secret", "consumer": {"id": "c1"}},
            ],
            "/default/basic-auths": [
                {"id": "b1", "username": "login-secret", "password": "p-secret", "consumer": {"id": "c1"}}
            ],
            "/default/jwts": [],
            "/shop/key-auths": [],
            "/shop/basic-auths": [],
            "/shop/jwts": [{"id": "j1", "key": "iss-secret", "secret": "hmac-secret", "consumer": {"id": "c2"}}],
            "/shop/services": [{"id": "s2", "name": "stock"}, {"id": "s3", "name": "till"}],
            "/shop/routes": [{"id": "r2", "name": None}],
            "/shop/plugins": [],
            "/shop/consumers": [{"id": "c2", "username": "globex"}],
            "/shop/consumer_groups": [],
            "/shop/rbac/users": [{"id": "u2"}, {"id": "u3"}],
            "/clustering/data-planes": [
                {"id": "n1", "hostname": "dp-1", "version": "3.10.0.2", "last_seen": 1_770_112_000, "ip": "10.0.0.1"},
                {"id": "n2", "hostname": "dp-2", "version": "3.9.1.0", "labels": {"region": "eu"}},
                {"id": "n3", "hostname": "dp-3", "version": "3.9.1.0"},
            ],
        }
    )
