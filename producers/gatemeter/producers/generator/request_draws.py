"""The dice of a request, thrown for many requests at a time.

Only `RandomState` is used: numpy promises that its streams never change, so a seed means the same bytes everywhere.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_MEAN_DELAY_MS = 20 * 60 * 1000
_SLOW_SHARE = 0.01
_SLOW_FACTOR = 10
_RESOURCES = 90_000


class RequestDraw(NamedTuple):
    """Chance for one request: shares lie in 0 to 1, `upstream_deviation` is a standard normal."""

    request_id: str
    time_ms: int
    consumer_share: float
    route_share: float
    outcome_share: float
    anonymous_share: float
    ai_share: float
    other_share: float
    delay_share: float
    delay_ms: int
    upstream_deviation: float
    slowness: int
    gateway_ms: int
    receive_ms: int
    size_factor: float
    resource: int


def draw_requests(random: np.random.RandomState, times_ms: Sequence[int]) -> Iterator[RequestDraw]:
    """One draw for each of `times_ms`, which are Unix ms."""
    count = len(times_ms)
    ids = random.bytes(16 * count).hex()
    shares = random.random_sample((9, count))
    deviations = random.standard_normal((4, count))
    columns: tuple[npt.NDArray[np.generic], ...] = (
        *shares[:7],
        _whole(random.standard_exponential(count) * _MEAN_DELAY_MS),
        deviations[0],
        np.where(shares[7] < _SLOW_SHARE, _SLOW_FACTOR, 1),
        _whole(np.exp(0.9 + 0.6 * deviations[1])),
        _whole(np.exp(0.2 + 0.7 * deviations[2])),
        np.exp(0.5 * deviations[3]),
        _whole(shares[8] * _RESOURCES),
    )
    request_ids = (ids[start : start + 32] for start in range(0, 32 * count, 32))
    return map(RequestDraw._make, zip(request_ids, times_ms, *(column.tolist() for column in columns), strict=True))


def _whole(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    return values.astype(np.int64)
