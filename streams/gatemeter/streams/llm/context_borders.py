"""The sizes of a context at which a price may change.

Usage is stored per key, so whatever a price can depend on must be in the key: of each call the highest of these
borders that its input exceeds. They hold every border of the published prices and the usual ones beside them; a
price book may use these and no others. Another list is another rule of counting.
"""

from bisect import bisect_left

CONTEXT_BORDERS = (
    8_000,
    16_000,
    32_000,
    64_000,
    100_000,
    128_000,
    199_999,
    200_000,
    256_000,
    272_000,
    512_000,
    524_288,
    1_000_000,
)


def context_above(input_tokens: int) -> int:
    """The highest border that `input_tokens` exceed, 0 if they exceed none."""
    place = bisect_left(CONTEXT_BORDERS, input_tokens)
    return CONTEXT_BORDERS[place - 1] if place else 0
