"""Who answered a call, told by the client's status and the cache's."""

from gatemeter.streams.llm.call import Outcome

_LOWEST_STATUS = 100
_FIRST_FAILING_STATUS = 400


def outcome_of(status: int | None, cache_status: str) -> Outcome:
    """`cache_status` in lower case. A status below 100 is no status of HTTP: neither a success nor a failure."""
    if status is not None and status >= _FIRST_FAILING_STATUS:
        return Outcome.FAILED
    if cache_status == "hit":
        return Outcome.CACHE_HIT
    return Outcome.UNKNOWN if status is None or status < _LOWEST_STATUS else Outcome.PROVIDER
