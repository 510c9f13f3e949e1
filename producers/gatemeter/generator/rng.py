"""Random numbers of requests, and values that are chosen by weight.

`draw_requests` makes the numbers that every request needs, for many requests at a time. It uses only `RandomState`:
numpy promises that its streams never change, so a seed gives the same bytes everywhere.

`AiRng` makes more numbers for requests with AI. They are derived from the request's id, which is random already: other
requests pay nothing for them, and keep their bytes whatever is drawn here.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import accumulate, count
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

Value = TypeVar("Value")


class Weighted(Generic[Value]):
    """Values that divide the range from 0 to 1 by their weights, which need not add up to 1."""

    def __init__(self, weighted_values: Iterable[tuple[Value, float]]) -> None:
        pairs = tuple(weighted_values)
        self.values = tuple(value for value, _ in pairs)
        total = sum(weight for _, weight in pairs)
        # Without the end of the last range: rounding might leave a gap behind it.
        self._ends = [end / total for end in accumulate(weight for _, weight in pairs)][:-1]

    def at(self, share: float) -> Value:
        """The value in whose range `share`, 0 to 1, lies."""
        return self.values[bisect_right(self._ends, share)]


_MEAN_DELAY_MS = 20 * 60 * 1000
_SLOW_SHARE = 0.01
_SLOW_FACTOR = 10
_RESOURCES = 90_000


class RequestDraw(NamedTuple):
    """The random numbers of one request: shares lie in 0 to 1, `upstream_deviation` is standard normal."""

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


_WORDS_A_DIGEST = struct.Struct("<32H")
_STEPS = 1 << 16


class AiRng:
    """An endless sequence of random numbers, always the same one for the same request."""

    __slots__ = ("_words",)

    def __init__(self, request_id: str) -> None:
        self._words = _words(request_id.encode())

    def share(self) -> float:
        """From 0 up to, not including, 1, in 65536 steps."""
        return next(self._words) / _STEPS

    def below(self, limit: int) -> int:
        """A whole number from 0 up to, not including, `limit`."""
        return next(self._words) * limit // _STEPS

    def happens(self, probability: float) -> bool:
        """True with this `probability`, 0 to 1."""
        return next(self._words) < probability * _STEPS

    def one_of(self, values: Weighted[Value]) -> Value:
        """One of `values`, chosen by weight."""
        return values.at(next(self._words) / _STEPS)


def _words(seed: bytes) -> Iterator[int]:
    for number in count():
        yield from _WORDS_A_DIGEST.unpack(blake2b(b"%b:%d" % (seed, number)).digest())
