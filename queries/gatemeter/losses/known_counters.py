"""The counters of gateways that gatemeter reads, and what each of them counts.

Sources: Kong, "Prometheus plugin" (developer.konghq.com), whose exporter records nothing of a request without a
service, and "Status API"; nginx, ngx_http_stub_status_module; Traefik, "Metrics overview"; Envoy, "HTTP connection
manager statistics" and "Cluster manager statistics"; Caddy, "Monitoring Caddy with Prometheus metrics".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gatemeter.losses.reading import Certainty, Scope


@dataclass(frozen=True, slots=True)
class KnownCounter:
    """What a counter counts.

    Series whose label has one of the values in `other` are left out. Of series that differ in `overlapping` alone one
    request may be in several.
    """

    scope: Scope
    certainty: Certainty
    counts: str
    service: str = ""
    route: str = ""
    overlapping: str = ""
    other: Mapping[str, frozenset[str]] = field(default_factory=dict)


_OF_KONG_SERVICES = KnownCounter(
    Scope.SERVICES,
    Certainty.EXACT,
    "requests that had a service, on routes that the prometheus plugin is on, with status_code_metrics",
    service="service",
    route="route",
)
_OF_NGINX = KnownCounter(
    Scope.ALL,
    Certainty.AT_MOST,
    "all requests that nginx took: those of the Admin and status APIs, of health checks and scrapes too",
    other={"subsystem": frozenset({"stream"})},
)

STATUS_API = "status API: server.total_requests"
STUB_STATUS = "stub_status: requests"
LICENSE_REPORT = "license report"

KNOWN_COUNTERS: Mapping[str, KnownCounter] = {
    "kong_http_requests_total": _OF_KONG_SERVICES,
    "kong_http_status": _OF_KONG_SERVICES,
    "kong_nginx_requests_total": _OF_NGINX,
    "kong_nginx_http_total_requests": _OF_NGINX,
    STATUS_API: _OF_NGINX,
    STUB_STATUS: _OF_NGINX,
    "nginx_http_requests_total": _OF_NGINX,
    "traefik_entrypoint_requests_total": KnownCounter(
        Scope.ALL,
        Certainty.EXACT,
        "requests of all entry points, without internal services unless metrics.addInternals is on",
    ),
    "traefik_service_requests_total": KnownCounter(
        Scope.SERVICES,
        Certainty.AT_MOST,
        "requests that services handled, each try of one that was retried",
        service="service",
    ),
    "envoy_http_downstream_rq_total": KnownCounter(
        Scope.ALL,
        Certainty.EXACT,
        "requests of all connection managers but the admin's",
        other={"envoy_http_conn_manager_prefix": frozenset({"admin"})},
    ),
    "envoy_cluster_upstream_rq_total": KnownCounter(
        Scope.SERVICES,
        Certainty.NEITHER,
        "requests sent to clusters: each try of one that was retried, and none that Envoy answered itself",
        service="envoy_cluster_name",
    ),
    "caddy_http_requests_total": KnownCounter(
        Scope.ALL,
        Certainty.AT_LEAST,
        "requests by handler, of which one request may pass several, and none where nothing matched",
        overlapping="handler",
    ),
}
"""By the name of the metric, or by what else tells it."""
