"""Who calls what in the made month: consumers, routes, methods and statuses, each combination with its share.

A consumer's share is Zipf's. It calls all routes, each of them less often than the one before (in an order of its own),
so that a large consumer has events of every combination in each hour, and a small one of some.
"""

import uuid
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

ROUTES_PER_SERVICE = 5
CONSUMERS_PER_TEAM = 20
TEAMS_PER_ORGANISATION = 10
METHODS = ("GET", "POST", "PUT", "DELETE")
SOURCES = ("upstream", "kong", "exit")

_ROUTE_EXPONENT = 2.0
_METHOD_SHARES = np.array([0.7, 0.2, 0.06, 0.04])
_MOST_METHODS = 2

Float32Array = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]

_OUTCOMES = (
    # status, share, who answered, whether the upstream was waited for
    (0, 0.935, "upstream", True),  # the method's own success
    (304, 0.02, "upstream", True),
    (400, 0.008, "upstream", True),
    (401, 0.006, "exit", False),
    (404, 0.012, "upstream", True),
    (429, 0.008, "exit", False),
    (500, 0.006, "upstream", True),
    (502, 0.002, "kong", False),
    (504, 0.003, "kong", True),
)
_SUCCESS = {"GET": 200, "POST": 201, "PUT": 200, "DELETE": 204}


@dataclass(frozen=True, slots=True)
class Keys:
    """The combinations that events have, column by column; `share` is that of all events, `partition` the log's."""

    consumer: Int64Array
    route: Int64Array
    method: Int64Array
    status: Int64Array
    source: Int64Array
    has_upstream: npt.NDArray[np.bool_]
    share: Float64Array
    partition: Int64Array


@dataclass(frozen=True)
class Population:
    """`consumers` on `routes`; all events of a consumer are in one of `partitions`, as `gatemeter ship` keys them."""

    consumers: int
    routes: int
    partitions: int
    seed: int

    @cached_property
    def keys(self) -> Keys:
        """All combinations."""
        outcomes = self._outcomes()
        route_shares = self._route_shares()
        consumer = np.repeat(np.arange(self.consumers), len(outcomes))
        route = np.tile(outcomes["route"], self.consumers)
        share = self.consumer_shares[consumer] * route_shares[consumer, route]
        share *= np.tile(outcomes["share"], self.consumers)
        others = {name: np.tile(outcomes[name], self.consumers) for name in ("method", "status", "source")}
        has_upstream = np.tile(outcomes["has_upstream"], self.consumers)
        return Keys(consumer, route, **others, has_upstream=has_upstream, share=share, partition=self.place[consumer])

    @cached_property
    def consumer_shares(self) -> Float64Array:
        """The share of each consumer in all events."""
        weights = 1 / np.arange(1, self.consumers + 1)
        shares: Float64Array = weights / weights.sum()
        return shares

    @cached_property
    def place(self) -> Int64Array:
        """The partition of each consumer."""
        return self._rng(1).integers(0, self.partitions, self.consumers)

    @cached_property
    def upstream_median_ms(self) -> Float32Array:
        """What half of the calls of each route stay below."""
        return self._of_routes(2, 8, 400)

    @cached_property
    def request_median_bytes(self) -> Float32Array:
        """The same of the bytes of requests."""
        return self._of_routes(5, 300, 1_500)

    @cached_property
    def response_median_bytes(self) -> Float32Array:
        """The same of the bytes of answers."""
        return self._of_routes(6, 200, 20_000)

    def _of_routes(self, purpose: int, lowest: float, highest: float) -> Float32Array:
        """A value for each route, evenly distributed by its logarithm."""
        return np.exp(self._rng(purpose).uniform(np.log(lowest), np.log(highest), self.routes)).astype(np.float32)

    def name(self, kind: str, number: int) -> str:
        """A UUID that depends on nothing but the seed."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.seed}/{kind}/{number}"))

    def _route_shares(self) -> Float64Array:
        rng = self._rng(3)
        ranks = np.argsort(rng.random((self.consumers, self.routes)), axis=1) + 1
        weights = 1 / ranks**_ROUTE_EXPONENT
        shares: Float64Array = weights / weights.sum(axis=1, keepdims=True)
        return shares

    def _outcomes(self) -> npt.NDArray[np.void]:
        """What a call can be, of each route: its share of the calls of the route."""
        rng = self._rng(4)
        rows = []
        for route in range(self.routes):
            chosen = rng.choice(len(METHODS), rng.integers(1, _MOST_METHODS + 1), replace=False, p=_METHOD_SHARES)
            for method in chosen:
                of_method = _METHOD_SHARES[method] / _METHOD_SHARES[chosen].sum()
                for status, share, source, has_upstream in _OUTCOMES:
                    code = status or _SUCCESS[METHODS[method]]
                    rows.append((route, method, code, SOURCES.index(source), has_upstream, of_method * share))
        kinds = [(name, np.int64) for name in ("route", "method", "status", "source")]
        return np.array(rows, dtype=[*kinds, ("has_upstream", np.bool_), ("share", np.float64)])

    def _rng(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, purpose])
