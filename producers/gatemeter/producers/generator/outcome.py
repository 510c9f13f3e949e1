"""How a request can end, as the gateway logs it: who answered, and which parts of the event are there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way of ending, with its `share` of all requests.

    `status` None means success, whose code the method decides. `by_gateway` says that the gateway wrote the answer
    itself, `reached_upstream` that an upstream was asked (only then is its latency measured), `failed_tries` how
    many attempts failed. A request without a matched route has neither route nor service nor consumer. `of_get_only`
    is for what cannot happen to other methods, which succeed instead.
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
        """The code that the client gets; the usual one of `method` if all went well."""
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
