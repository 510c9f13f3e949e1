"""The dashboard and the API over a store, as `gatemeter serve` puts them together, in a thread of this process."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvicorn

from gatemeter.api.access import ReadAccess
from gatemeter.api.app import Api
from gatemeter.api.store import OpenClient, QueriedStore
from gatemeter.budgets.entitlement_refresh import EntitlementRefresh
from gatemeter.clock import SystemClock
from gatemeter.dashboard.routes import dashboard_routes
from gatemeter.httpserver.tokens import TokenFile
from gatemeter.wiring.store import open_store
from tests.support.api_client import MANY
from tests.support.waiting import wait_for

_REFRESHED_S = 120.0
"""Often enough for what is older than five minutes not to be told."""


@dataclass(frozen=True, slots=True)
class ServedDashboard:
    """Where it is, and the store that it asks."""

    url: str
    store: QueriedStore

    def page(self, path: str) -> str:
        """The address of a page."""
        return f"{self.url}/dashboard/{path}"


def opener_of(store_url: str) -> OpenClient:
    """Opens a store by its URL, for questions alone."""
    return partial(open_store, None, store_url, only_reads=True)


@contextmanager
def served_dashboard(
    open_client: OpenClient, token_file: Path | None = None, entitlements: EntitlementRefresh | None = None
) -> Iterator[ServedDashboard]:
    """Serve on a free port of the loopback address, for a block, with `entitlements` that have been read."""
    clock = SystemClock()
    store = QueriedStore(open_client, MANY.query_s)
    tokens = None if token_file is None else TokenFile(token_file)
    api = Api(store, ReadAccess(tokens, MANY.requests_per_s, clock), MANY, clock, entitlements=entitlements)
    if entitlements is not None:
        entitlements.refresh(store)
    refreshed = entitlements.running(store, _REFRESHED_S) if entitlements else nullcontext()
    with socket.create_server(("127.0.0.1", 0)) as listener, closing(store), refreshed:
        server = uvicorn.Server(uvicorn.Config(api.application(dashboard_routes()), log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            wait_for(lambda: server.started or not thread.is_alive(), "the dashboard's server")
            yield ServedDashboard(f"http://127.0.0.1:{listener.getsockname()[1]}", store)
        finally:
            server.should_exit = True
            thread.join()
