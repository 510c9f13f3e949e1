"""From dice to requests: who asked what, and how it went."""

import math

from gatemeter.producers.generator.ai.facts import AiFacts
from gatemeter.producers.generator.ai.traffic import draw_ai
from gatemeter.producers.generator.catalogue import Catalogue, Route
from gatemeter.producers.generator.outcome import OUTCOMES, Outcome
from gatemeter.producers.generator.plan import TrafficPlan
from gatemeter.producers.generator.request_draws import RequestDraw
from gatemeter.producers.generator.request_facts import RequestFacts
from gatemeter.producers.generator.weighted import Weighted

_ANONYMOUS_SHARE = 0.06
_LONGEST_UPSTREAM_MS = 55_000
_BODILESS = (101, 204, 304)


class RequestMaker:
    """Makes requests of the entities in `catalogue`, in the shares that `plan` asks for."""

    def __init__(self, plan: TrafficPlan, catalogue: Catalogue) -> None:
        self._plan = plan
        self._month_start_ms = int(plan.starts_at.timestamp()) * 1000
        self._consumers = Weighted((consumer, 1 / rank) for rank, consumer in enumerate(catalogue.consumers, start=1))
        self._api_routes = Weighted((route, route.weight) for route in catalogue.api_routes)
        self._ai_routes = Weighted((route, route.weight) for route in catalogue.ai_routes)
        self._outcomes = Weighted((outcome, outcome.share) for outcome in OUTCOMES)

    def make(self, draw: RequestDraw) -> RequestFacts:
        """The request that `draw` means."""
        outcome = self._outcomes.at(draw.outcome_share)
        route = self._route(draw)
        method = route.methods[int(draw.other_share * len(route.methods))]
        status = outcome.status_of(method, ai=route.ai is not None)
        identified = outcome.identified and draw.anonymous_share >= _ANONYMOUS_SHARE
        upstream_ms = _upstream_ms(outcome, route, draw)
        ai = _ai(route, draw, status, upstream_ms)
        from_cache = ai is not None and ai.from_cache
        if from_cache:
            upstream_ms = -1
        receive_ms = draw.receive_ms if upstream_ms >= 0 else 0
        return RequestFacts(
            request_id=draw.request_id,
            started_at_ms=self._started_at_ms(draw),
            consumer=self._consumers.at(draw.consumer_share) if identified else None,
            route=route if outcome.matched_route else None,
            method=method,
            status=status,
            by_gateway=outcome.by_gateway or from_cache,
            failed_tries=outcome.failed_tries,
            request_bytes=int((1_900 if method in {"POST", "PUT", "PATCH"} else 420) * draw.size_factor) + 150,
            response_bytes=_response_bytes(outcome, route, method, status, draw.size_factor),
            request_ms=draw.gateway_ms + max(upstream_ms, 0) + receive_ms + draw.resource % 3,
            upstream_ms=upstream_ms,
            gateway_ms=draw.gateway_ms,
            receive_ms=receive_ms,
            resource=draw.resource,
            ai=ai,
        )

    def _route(self, draw: RequestDraw) -> Route:
        if draw.ai_share < self._plan.ai:
            return self._ai_routes.at(draw.route_share)
        return self._api_routes.at(draw.route_share)

    def _started_at_ms(self, draw: RequestDraw) -> int:
        delay_ms = draw.delay_ms if draw.delay_share < self._plan.out_of_order else 0
        return max(self._month_start_ms, draw.time_ms - delay_ms)


def _ai(route: Route, draw: RequestDraw, status: int, upstream_ms: int) -> AiFacts | None:
    """What the AI plugins did; they only speak of requests that the gateway let pass."""
    return None if route.ai is None or upstream_ms < 0 else draw_ai(route.ai, draw, status, upstream_ms)


def _upstream_ms(outcome: Outcome, route: Route, draw: RequestDraw) -> int:
    if not outcome.reached_upstream:
        return -1
    service = route.service
    drawn_ms = service.latency_median_ms * math.exp(service.latency_sigma * draw.upstream_deviation) * draw.slowness
    return outcome.minimum_upstream_ms + min(int(drawn_ms), _LONGEST_UPSTREAM_MS)


def _response_bytes(outcome: Outcome, route: Route, method: str, status: int, size_factor: float) -> int:
    if outcome.by_gateway or status in _BODILESS or method == "HEAD":
        return 320 + int(80 * size_factor)
    return 350 + int(route.service.response_bytes * size_factor)
