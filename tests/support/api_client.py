"""Asks an API without a server: an ASGI client in this process."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.api.access import ReadAccess
from gatemeter.api.app import Api
from gatemeter.api.limits import ApiLimits
from gatemeter.api.store import OpenClient, QueriedStore
from gatemeter.budgets.entitlement_refresh import EntitlementRefresh
from gatemeter.clock import SystemClock
from gatemeter.httpserver.tokens import Role, Token, TokenFile, hash_of
from gatemeter.reports.usage_parameters import AllowedRows
from tests.support.asgi import ask_application

MANY = ApiLimits(requests_per_s=1e9, query_s=120.0, place_s=120.0)
"""No test of what is answered depends on how busy the machine is."""
LOCAL = {"host": "127.0.0.1:8687"}


@dataclass(frozen=True, slots=True)
class Found:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def detail(self) -> str:
        """What a problem says."""
        assert self.headers["content-type"] == "application/problem+json", self
        found: str = self.json()["detail"]
        return found


class ApiClient:
    """Asks the application of `open_client`'s store."""

    def __init__(
        self,
        open_client: OpenClient,
        token_file: Path | None = None,
        limits: ApiLimits = MANY,
        *,
        entitlements: EntitlementRefresh | None = None,
    ) -> None:
        clock = SystemClock()
        tokens = None if token_file is None else TokenFile(token_file)
        self.store = QueriedStore(open_client, limits.query_s)
        self.api = Api(
            self.store, ReadAccess(tokens, limits.requests_per_s, clock), limits, clock, entitlements=entitlements
        )
        self._asgi = self.api.application()
        self._runner = asyncio.Runner()

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = LOCAL, query: str = ""
    ) -> Found:
        return self._runner.run(self._ask(method, path, body, headers, query))

    def get(self, path: str, query: str = "", token: str | None = None, **headers: str) -> Found:
        return self.ask("GET", path, headers=_headers(token, headers), query=query)

    def query(self, asked: Any, token: str | None = None, **headers: str) -> Found:
        return self.ask("POST", "/api/v1/query", json.dumps(asked).encode(), _headers(token, headers))

    async def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str], query: str) -> Found:
        return Found(*await ask_application(self._asgi, method, path, body, headers, query))

    def close(self) -> None:
        self.store.close()
        self._runner.close()


def _headers(token: str | None, headers: Mapping[str, str]) -> dict[str, str]:
    shown = {} if token is None else {"authorization": f"Bearer {token}"}
    return {**LOCAL, **shown, **{name.replace("_", "-"): value for name, value in headers.items()}}


@contextmanager
def api_client(
    open_client: OpenClient,
    token_file: Path | None = None,
    limits: ApiLimits = MANY,
    entitlements: EntitlementRefresh | None = None,
) -> Iterator[ApiClient]:
    client = ApiClient(open_client, token_file, limits, entitlements=entitlements)
    try:
        yield client
    finally:
        client.close()


@contextmanager
def no_store() -> Iterator[Client]:
    """For what must be refused before any store is asked."""
    raise AssertionError("the store was opened")
    yield


def make_token(token_file: Path, secret: str, role: Role = Role.READ, allowed: AllowedRows | None = None) -> str:
    """Write a token whose text is `secret`."""
    rows = allowed or AllowedRows()
    TokenFile(token_file).add(
        Token(
            name=secret,
            role=role,
            sha256=hash_of(secret),
            consumers=tuple(rows.consumers),
            workspaces=tuple(rows.workspaces),
        )
    )
    return secret
