"""A mergeable quantile sketch: integer counts in logarithmic buckets, relative error at most 1 %.

Values are whole nanoseconds or bytes. Bucket 0 holds the value 0; bucket b >= 1 holds the values v with
GAMMA^(b-2) < v <= GAMMA^(b-1), GAMMA = 1.01/0.99, so that 2*GAMMA^(b-1)/(GAMMA+1) lies within 1 % of each of them.
Merging is adding counts, in any order, here or in ClickHouse (`sumMap`).

Bucket bounds are whole numbers computed once in exact arithmetic and values are placed by comparing integers, so
every machine puts a value into the same bucket; logarithms in floating point would not promise that.
"""

from decimal import Decimal, localcontext

import numpy as np
import numpy.typing as npt

RELATIVE_ERROR = Decimal("0.01")
GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
NS_PER_MS = 1_000_000
MAX_VALUE = 2**63 - 1

Int64Array = npt.NDArray[np.int64]


def _upper_bounds() -> Int64Array:
    """The largest value of each bucket, from bucket 0 on, until the bounds pass the largest value."""
    bounds = [0]
    with localcontext() as context:
        context.prec = 60
        gamma = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
        bound = Decimal(1)
        while bound < MAX_VALUE:
            bounds.append(int(bound))
            bound *= gamma
    return np.array([*bounds, MAX_VALUE], dtype=np.int64)


_UPPER_BOUNDS = _upper_bounds()
BUCKET_COUNT = len(_UPPER_BOUNDS)

_WHOLE_MS_TABLE_SIZE = 65_536
_SMALL_TABLE_SIZE = 65_536
_BUCKET_OF_WHOLE_MS = np.searchsorted(
    _UPPER_BOUNDS, np.arange(_WHOLE_MS_TABLE_SIZE, dtype=np.int64) * NS_PER_MS, side="left"
)
_BUCKET_OF_SMALL = np.searchsorted(_UPPER_BOUNDS, np.arange(_SMALL_TABLE_SIZE, dtype=np.int64), side="left")


def buckets_of(values: Int64Array) -> npt.NDArray[np.intp]:
    """The bucket of each value; values must not be negative."""
    return np.searchsorted(_UPPER_BOUNDS, values, side="left")


def buckets_of_bytes(sizes: Int64Array) -> npt.NDArray[np.intp]:
    """The same of sizes, most of which are small: a table answers these at once."""
    is_large = sizes >= _SMALL_TABLE_SIZE
    if not is_large.any():
        return _BUCKET_OF_SMALL[sizes]
    buckets = _BUCKET_OF_SMALL[np.where(is_large, 0, sizes)]
    buckets[is_large] = buckets_of(sizes[is_large])
    return buckets


def buckets_of_ms(values_ms: npt.NDArray[np.float64], values_ns: Int64Array) -> npt.NDArray[np.intp]:
    """The bucket of each value, given in both units: gateways log mostly whole ms, which a table answers at once."""
    whole = values_ms.astype(np.int64)
    if np.array_equal(whole, values_ms) and (not len(whole) or whole.max() < _WHOLE_MS_TABLE_SIZE):
        return _BUCKET_OF_WHOLE_MS[whole]
    return buckets_of(values_ns)
