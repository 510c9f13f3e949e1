"""A gateway that counts its requests itself and loses some of their events: what it exposes, and what then arrives."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gatemeter.losses.counter_file import GatewayCounters
from gatemeter.losses.own_requests import HourlyRequests, OwnRequests, Target

FEBRUARY = datetime(2026, 2, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class GatewayRequest:
    """A request that a node answered; of one that is `lost` no event arrives."""

    began: datetime
    service: str = "orders"
    node: str = "kong-1"
    is_lost: bool = False
    took: timedelta = timedelta(milliseconds=40)
    route: str = "all"

    @property
    def ended(self) -> datetime:
        """When the gateway counts it."""
        return self.began + self.took


def metrics(requests: Iterable[GatewayRequest], node: str, at: datetime, restarts: Sequence[datetime] = ()) -> str:
    """What the node's Prometheus plugin exposes at `at`, as Kong 3 writes it, with a note of when."""
    started = max((restart for restart in restarts if restart <= at), default=datetime.min.replace(tzinfo=UTC))
    counted = [each for each in requests if each.node == node and started < each.ended <= at]
    by_route = Counter((each.service, each.route) for each in counted)
    series = [
        f'kong_http_requests_total{{service="{service}",route="{route}",code="200",source="service"}} {number}'
        for (service, route), number in sorted(by_route.items())
    ]
    life = sum(restart <= at for restart in restarts)
    lines = [
        f"# scraped at {at:%Y-%m-%dT%H:%M:%SZ}",
        f"# node {node}",
        "# TYPE kong_http_requests_total counter",
        *series,
        "# TYPE kong_nginx_requests_total counter",
        f'kong_nginx_requests_total{{node_id="{node}-{life}",subsystem="http"}} {len(counted)}',
        f'kong_node_info{{node_id="{node}-{life}",version="3.9.0"}} 1',
    ]
    return "\n".join([*lines, ""])


def scrape_files(
    folder: Path,
    requests: Iterable[GatewayRequest],
    times: Iterable[datetime],
    *,
    nodes: Sequence[str] = ("kong-1",),
    restarts: Sequence[datetime] = (),
) -> list[Path]:
    """A file for each node and time."""
    found, paths = list(requests), []
    for node in nodes:
        for at in times:
            path = folder / f"{node}_{at:%Y-%m-%dT%H%M%SZ}.prom"
            path.write_text(metrics(found, node, at, restarts))
            paths.append(path)
    return paths


def scraped(
    folder: Path, requests: Iterable[GatewayRequest], times: Iterable[datetime], **options: Sequence[object]
) -> GatewayCounters:
    """The counters of `scrape_files`."""
    return GatewayCounters.of_files(scrape_files(folder, requests, times, **options))  # type: ignore[arg-type]


def arrived(requests: Iterable[GatewayRequest], **facts: object) -> OwnRequests:
    """What is counted here of the requests that are not lost, well after the last of them."""
    found = [each for each in requests if not each.is_lost]
    by_hour = Counter(
        (each.began.replace(minute=0, second=0, microsecond=0), each.service, each.route) for each in found
    )
    rows = [
        HourlyRequests(hour, Target(service_name=service, route_name=route), is_own_answer=False, requests=number)
        for (hour, service, route), number in by_hour.items()
    ]
    known = {
        "first_hour": min((row.hour for row in rows), default=None),
        "last_stored": datetime(2026, 12, 1, tzinfo=UTC),
        "longest": max((each.took for each in found), default=timedelta()),
    }
    return OwnRequests.of_rows(rows, **{**known, **facts})


def steady_month(
    per_hour: int = 6, days: int = 28, services: Sequence[str] = ("orders", "stock")
) -> list[GatewayRequest]:
    """Requests to each service in turn, at equal distances."""
    distance = timedelta(hours=1) / per_hour
    return [
        GatewayRequest(FEBRUARY + number * distance + timedelta(seconds=7), services[number % len(services)])
        for number in range(per_hour * 24 * days)
    ]
