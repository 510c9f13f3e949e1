"""More chance for the few requests that need more of it than every request gets.

It is derived from the request's id, which is random already: so requests without AI cost nothing, and stay the same
bytes whatever is thrown here.
"""

import struct
from collections.abc import Iterator
from hashlib import blake2b
from itertools import count

from gatemeter.producers.generator.weighted import Value, Weighted

_WORDS_A_DIGEST = struct.Struct("<32H")
_STEPS = 1 << 16


class AiDice:
    """As many throws as one likes, the same ones for the same request."""

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
        """True in `probability` of all throws."""
        return next(self._words) < probability * _STEPS

    def one_of(self, values: Weighted[Value]) -> Value:
        """One of `values`, by their weights."""
        return values.at(next(self._words) / _STEPS)


def _words(seed: bytes) -> Iterator[int]:
    for number in count():
        yield from _WORDS_A_DIGEST.unpack(blake2b(b"%b:%d" % (seed, number)).digest())
