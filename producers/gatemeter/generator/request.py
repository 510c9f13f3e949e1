"""From random numbers to requests: who asks what, and how the request can end."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gatemeter.generator.ai.a2a_event import draw_a2a
from gatemeter.generator.ai.llm_event import draw_llm
from gatemeter.generator.ai.mcp_event import draw_mcp
from gatemeter.generator.catalogue import AiKind, Catalogue, Route
from gatemeter.generator.facts import AiFacts, RequestFacts
from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.rng import AiRng, RequestDraw, Weighted


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way in which a request ends, with its `share` of all requests.

    `status` None means success, whose code depends on the method. `by_gateway` says that the gateway wrote the answer
    itself, `reached_upstream` that an upstream was asked (only then is its latency measured), `failed_tries` how many
    attempts failed. A request without a matched route has neither route nor service nor consumer. `of_get_only` limits
    the outcome to GET; other methods succeed instead.
    """

    share: float
    status: int | None
    by_gateway: bool = False
    reached_upstream: bool = True
    matched_route: bool = True
    identified: bool = True
    failed_tries: int = 0
    minimum_upstream_ms: int = 0
    of_get_only: bool = False

    def status_of(self, method: str, *, ai: bool) -> int:
        """The code that the client gets; the usual one for `method` if the request succeeds."""
        if self.status is not None and (method == "GET" or not self.of_get_only):
            return self.status
        return 200 if ai else _SUCCESS_BY_METHOD.get(method, 200)


_SUCCESS_BY_METHOD = {"POST": 201, "DELETE": 204, "OPTIONS": 204}

OUTCOMES = (
    Outcome(0.8735, None),
    Outcome(0.001, 101, of_get_only=True),
    Outcome(0.02, 304, of_get_only=True),
    Outcome(0.012, 400),
    Outcome(0.022, 404),
    Outcome(0.004, 409),
    Outcome(0.005, 422),
    Outcome(0.0065, 500),
    Outcome(0.002, 503),
    Outcome(0.017, 401, by_gateway=True, reached_upstream=False, identified=False),
    Outcome(0.006, 403, by_gateway=True, reached_upstream=False),
    Outcome(0.015, 429, by_gateway=True, reached_upstream=False),
    Outcome(0.009, 404, by_gateway=True, reached_upstream=False, matched_route=False, identified=False),
    Outcome(0.002, 503, by_gateway=True, reached_upstream=False),
    Outcome(0.003, 502, by_gateway=True, failed_tries=2),
    Outcome(0.002, 504, by_gateway=True, failed_tries=1, minimum_upstream_ms=60_000),
)


_DRAWERS: Mapping[AiKind, Callable[[RequestDraw, AiRng, int, int], AiFacts]] = {
    AiKind.LLM: draw_llm,
    AiKind.MCP: draw_mcp,
    AiKind.A2A: draw_a2a,
}


def draw_ai(kind: AiKind, draw: RequestDraw, status: int, upstream_ms: int) -> AiFacts:
    """What happens in a request to `kind` that ends with `status` after `upstream_ms` upstream."""
    return _DRAWERS[kind](draw, AiRng(draw.request_id), status, upstream_ms)


_ANONYMOUS_SHARE = 0.06
_LONGEST_UPSTREAM_MS = 55_000
_BODILESS = (101, 204, 304)


class RequestMaker:
    """Makes requests from random numbers: entities from `catalogue`, in the shares that `plan` asks for."""

    def __init__(self, plan: TrafficPlan, catalogue: Catalogue) -> None:
        self._plan = plan
        self._month_start_ms = int(plan.starts_at.timestamp()) * 1000
        self._consumers = Weighted((consumer, 1 / rank) for rank, consumer in enumerate(catalogue.consumers, start=1))
        self._api_routes = Weighted((route, route.weight) for route in catalogue.api_routes)
        self._ai_routes = Weighted((route, route.weight) for route in catalogue.ai_routes)
        self._outcomes = Weighted((outcome, outcome.share) for outcome in OUTCOMES)

    def make(self, draw: RequestDraw) -> RequestFacts:
        """The request that follows from `draw`."""
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
    """What the AI plugins log; nothing for a request that the gateway rejects."""
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
