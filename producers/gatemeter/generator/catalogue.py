"""Who calls and what is called: the consumers, services, routes and workspaces of the synthetic gateway."""

from dataclasses import dataclass
from enum import Enum
from uuid import UUID, uuid5

import numpy as np


class AiKind(Enum):
    """What is behind an AI route: models (through the proxy plugins), tools (over MCP) or agents (over A2A)."""

    LLM = "llm"
    MCP = "mcp"
    A2A = "a2a"


NAMES = (
    "acme", "globex", "initech", "umbra", "stark-labs", "wayne-retail", "hooli", "vandelay", "wonka", "tyrell",
    "cyberdyne", "soylent", "oscorp", "massive", "zorg", "bluth", "dunder", "gringotts", "aperture", "monarch",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Consumer:
    """Somebody who calls with a key. As in the gateway, username or custom id may be missing, but not both."""

    id: str
    username: str | None
    custom_id: str | None
    credential_id: str
    api_key: str
    client_ips: tuple[str, ...]
    user_agent: str


@dataclass(frozen=True, slots=True)
class Workspace:
    """A part of the gateway with entities of its own."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Service:
    """An upstream and how long it takes: a log-normal around `latency_median_ms`."""

    id: str
    name: str
    host: str
    port: int
    latency_median_ms: float
    latency_sigma: float
    response_bytes: int


@dataclass(frozen=True, slots=True)
class Route:
    """A path of a service, with the methods and the query string that requests to it have."""

    id: str
    name: str
    path: str
    methods: tuple[str, ...]
    query: str
    service: Service
    workspace: Workspace
    weight: float
    ai: AiKind | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that can occur in an event. The first consumer has the largest share of the traffic."""

    consumers: tuple[Consumer, ...]
    routes: tuple[Route, ...]
    default_workspace: Workspace

    @property
    def api_routes(self) -> tuple[Route, ...]:
        """The routes of plain APIs."""
        return tuple(route for route in self.routes if route.ai is None)

    @property
    def ai_routes(self) -> tuple[Route, ...]:
        """The routes to a language model, to tools or to agents."""
        return tuple(route for route in self.routes if route.ai is not None)


_SERVICES = {
    "orders-svc": (8080, 38.0, 0.5, 1_400),
    "catalog-svc": (8080, 17.0, 0.45, 3_200),
    "payments-svc": (8443, 120.0, 0.6, 700),
    "search-svc": (9200, 65.0, 0.8, 5_200),
    "media-svc": (8081, 240.0, 1.0, 48_000),
    "identity-svc": (8080, 9.0, 0.4, 600),
    "llm-gateway": (443, 1_100.0, 0.7, 2_600),
}

_ROUTES = (
    ("orders", "/orders", ("GET", "GET", "GET", "POST", "PUT"), "expand=items", "orders-svc", "default", 5.0, None),
    ("order-returns", "/returns", ("POST", "GET"), "", "orders-svc", "default", 0.7, None),
    ("catalog", "/catalog/products", ("GET",), "page=%d", "catalog-svc", "default", 8.0, None),
    ("catalog-prices", "/catalog/prices", ("GET", "GET", "PATCH"), "currency=EUR", "catalog-svc", "default", 3.0, None),
    ("payments", "/payments", ("POST", "POST", "GET"), "", "payments-svc", "payments", 2.0, None),
    ("refunds", "/refunds", ("POST", "DELETE"), "reason=return", "payments-svc", "payments", 0.3, None),
    ("search", "/search", ("GET", "POST"), "q=shoes&limit=%d", "search-svc", "default", 4.0, None),
    ("media", "/media/images", ("GET", "GET", "PUT", "HEAD"), "width=%d", "media-svc", "partners", 1.5, None),
    ("sessions", "/sessions", ("POST", "DELETE", "OPTIONS"), "", "identity-svc", "partners", 2.5, None),
    ("chat", "/ai/chat", ("POST",), "", "llm-gateway", "default", 3.0, AiKind.LLM),
    ("summaries", "/ai/summaries", ("POST",), "", "llm-gateway", "partners", 1.0, AiKind.LLM),
)

_AGENT_ROUTES = (
    ("tools", "/mcp", 0.65, AiKind.MCP, (8090, 45.0, 0.6, 900)),
    ("agents", "/a2a", 0.45, AiKind.A2A, (8091, 1_800.0, 0.7, 6_000)),
)


def build_catalogue(random: np.random.RandomState, consumers: int) -> Catalogue:
    """The catalogue with `consumers` consumers; ids and keys come from `random`."""
    workspaces = {name: Workspace(_uuid(random), name) for name in ("default", "payments", "partners")}
    services = {
        name: Service(_uuid(random), name, f"{name.removesuffix('-svc')}.internal", *figures)
        for name, figures in _SERVICES.items()
    }
    routes = tuple(
        Route(_uuid(random), name, path, methods, query, services[service], workspaces[space], weight, kind)
        for name, path, methods, query, service, space, weight, kind in _ROUTES
    )
    default = workspaces["default"]
    people = tuple(_consumer(random, number) for number in range(consumers))
    return Catalogue(people, routes + _agent_routes(default), default)


def _agent_routes(workspace: Workspace) -> tuple[Route, ...]:
    """Routes to tools and agents. Their ids are derived, not drawn, so that other traffic of a seed keeps its bytes."""
    return tuple(
        Route(_derived_uuid(workspace, name), name, path, ("POST",), "", service, workspace, weight, kind)
        for name, path, weight, kind, figures in _AGENT_ROUTES
        for service in (Service(_derived_uuid(workspace, f"{name}-svc"), f"{name}-svc", f"{name}.internal", *figures),)
    )


def _derived_uuid(workspace: Workspace, name: str) -> str:
    return str(uuid5(UUID(workspace.id), name))


def _consumer(random: np.random.RandomState, number: int) -> Consumer:
    name = NAMES[number % len(NAMES)]
    username = f"{name}-{number // len(NAMES) + 1}" if number >= len(NAMES) else name
    return Consumer(
        id=_uuid(random),
        # Some have only one of the two names, and some names are not plain ASCII.
        username=None if number % 7 == 5 else f"{username}-köln" if number % 11 == 3 else username,
        custom_id=None if number % 7 == 2 else f"cust-{number + 42:04d}",
        credential_id=_uuid(random),
        api_key=f"key-{random.bytes(12).hex()}",
        client_ips=tuple(f"203.0.113.{octet}" for octet in random.randint(1, 255, 3)),
        user_agent=f"{name}-sdk/{number % 5 + 1}.{number % 9}",
    )


def _uuid(random: np.random.RandomState) -> str:
    return str(UUID(bytes=random.bytes(16), version=4))
