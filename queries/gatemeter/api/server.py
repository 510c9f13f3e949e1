"""Runs an API in this process until it is asked to end."""

import socket
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

from starlette.routing import Route

from gatemeter.api.access import ReadAccess
from gatemeter.api.app import Api
from gatemeter.api.ingest_answer import OpenLag, no_lag
from gatemeter.api.limits import ApiLimits
from gatemeter.api.store import OpenClient, QueriedStore
from gatemeter.budgets.entitlement_refresh import EntitlementRefresh
from gatemeter.clock import SystemClock
from gatemeter.httpserver.limits import LimitedProtocol
from gatemeter.httpserver.server import run_server
from gatemeter.httpserver.tokens import TokenFile


class _Protocol(LimitedProtocol):
    most_connections = ApiLimits().connections


def serve(
    listener: socket.socket,
    open_client: OpenClient,
    *,
    token_file: Path | None,
    on_listening: Callable[[], None],
    limits: ApiLimits | None = None,
    pages: Sequence[Route] = (),
    open_lag: OpenLag = no_lag,
    entitlements: EntitlementRefresh | None = None,
) -> None:
    """Serve on `listener` until SIGTERM or SIGINT; `pages` are routes beside those of the API. What `entitlements`
    keeps is refreshed meanwhile.

    Raises InputError (the token file), and as `open_client` does.
    """
    limits, clock = limits or ApiLimits(), SystemClock()
    tokens = None if token_file is None else TokenFile(token_file)
    if tokens is not None:
        tokens.find("")
    store = QueriedStore(open_client, limits.query_s)
    store.open()
    try:
        access = ReadAccess(tokens, limits.requests_per_s, clock)
        api = Api(store, access, limits, clock, open_lag, entitlements)
        with entitlements.running(store) if entitlements else nullcontext():
            run_server(api.application(pages), listener, _Protocol, on_listening=on_listening, on_exit=api.stop)
    finally:
        store.close()
