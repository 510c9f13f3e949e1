"""From dice to requests: who asked what, and how it went."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from gatemeter.producers.generator.ai_model import AiFacts, draw_ai
from gatemeter.producers.generator.catalogue import Catalogue, Route
from gatemeter.producers.generator.outcome import OUTCOMES, Outcome
from gatemeter.producers.generator.plan import TrafficPlan
from gatemeter.producers.generator.request_draws import RequestDraw
from gatemeter.producers.generator.request_facts import RequestFacts

_ANONYMOUS_SHARE = 0.06
_LONGEST_UPSTREAM_MS = 55_000
_OK = 200
_BODILESS = (101, 204, 304)


class RequestMaker:
    """Makes requests of the entities in `catalogue`, in the shares that `plan` asks for."""

    def __init__(self, plan: TrafficPlan, catalogue: Catalogue) -> None:
        self._plan = plan
        self._consumers = catalogue.consumers
        self._api_routes = catalogue.api_routes
        self._ai_routes = catalogue.ai_routes
        self._month_start_ms = int(plan.starts_at.timestamp()) * 1000
        self._consumer_bounds = _bounds([1 / rank for rank in range(1, len(catalogue.consumers) + 1)])
        self._api_bounds = _bounds([route.weight for route in catalogue.api_routes])
        self._ai_bounds = _bounds([route.weight for route in catalogue.ai_routes])
        self._outcome_bounds = _bounds([outcome.share for outcome in OUTCOMES])

    def make(self, draw: RequestDraw) -> RequestFacts:
        """The request that `draw` means."""
        outcome = OUTCOMES[bisect_right(self._outcome_bounds, draw.outcome_share)]
        route = self._route(draw)
        method = route.methods[int(draw.other_share * len(route.methods))]
        status = outcome.status_of(method, is_ai=route.is_ai)
        identified = outcome.identified and draw.anonymous_share >= _ANONYMOUS_SHARE
        ai = draw_ai(draw) if route.is_ai and status == _OK else None
        upstream_ms = _upstream_ms(outcome, route, ai, draw)
        receive_ms = draw.receive_ms if upstream_ms >= 0 else 0
        return RequestFacts(
            request_id=draw.request_id,
            started_at_ms=self._started_at_ms(draw),
            consumer=self._consumers[bisect_right(self._consumer_bounds, draw.consumer_share)] if identified else None,
            route=route if outcome.matched_route else None,
            method=method,
            status=status,
            by_gateway=outcome.by_gateway or (ai is not None and ai.cached),
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
            return self._ai_routes[bisect_right(self._ai_bounds, draw.route_share)]
        return self._api_routes[bisect_right(self._api_bounds, draw.route_share)]

    def _started_at_ms(self, draw: RequestDraw) -> int:
        delay_ms = draw.delay_ms if draw.delay_share < self._plan.out_of_order else 0
        return max(self._month_start_ms, draw.time_ms - delay_ms)


def _bounds(weights: Sequence[float]) -> list[float]:
    """Where each weight's part of 0 to 1 ends, without the end of the last."""
    total = sum(weights)
    return [part / total for part in accumulate(weights)][:-1]


def _upstream_ms(outcome: Outcome, route: Route, ai: AiFacts | None, draw: RequestDraw) -> int:
    if not outcome.reached_upstream:
        return -1
    if ai is not None and ai.cached:
        return -1
    service = route.service
    drawn_ms = service.latency_median_ms * math.exp(service.latency_sigma * draw.upstream_deviation) * draw.slowness
    return outcome.minimum_upstream_ms + min(int(drawn_ms), _LONGEST_UPSTREAM_MS)


def _response_bytes(outcome: Outcome, route: Route, method: str, status: int, size_factor: float) -> int:
    if outcome.by_gateway or status in _BODILESS or method == "HEAD":
        return 320 + int(80 * size_factor)
    return 350 + int(route.service.response_bytes * size_factor)
