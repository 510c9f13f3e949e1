"""The hourly rows of made events: every event is drawn, with its latencies and sizes, and then counted.

So counts in sketches scatter as those of real events do, which decides how well they can be compressed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from benchmarks.scale.epochs import Slice
from benchmarks.scale.native import Column, Lists
from benchmarks.scale.population import Float32Array, Int64Array, Keys, Population
from gatemeter.metering.sketch import NS_PER_MS, buckets_of

_UPSTREAM_SIGMA = 0.5
_GATEWAY_MEAN_MS = 1.5
_TRANSFER_MEAN_MS = 1.0
_REQUEST_SIZE_SIGMA = 0.15
_RESPONSE_SIZE_SIGMA = 0.6
_BUCKET_BITS = 12
_BUCKETS_OF_MS = buckets_of(np.arange(1 << 16, dtype=np.int64) * NS_PER_MS).astype(np.uint16)
_BUCKETS_OF_BYTES = buckets_of(np.arange(1 << 18, dtype=np.int64)).astype(np.uint16)
"""The bucket of each whole number; larger values are not made."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A whole `value` of each event and the `row` that each belongs to, in the order of rows; see `buckets`."""

    row: Int64Array
    value: Int64Array
    buckets: npt.NDArray[np.uint16]

    @classmethod
    def of(cls, row: Int64Array, values: Float32Array, buckets: npt.NDArray[np.uint16]) -> Self:
        """The nearest whole numbers to `values`, whose buckets are `buckets`."""
        return cls(row, np.minimum(np.rint(values), len(buckets) - 1).astype(np.int64), buckets)


@dataclass(frozen=True, slots=True)
class MadeRows:
    """How many `requests` each row counts, and all `columns`: keys by their numbers, measures as the table has them."""

    requests: Int64Array
    columns: Mapping[str, Column]


def made_rows(population: Population, slices: Sequence[Slice], rng: np.random.Generator) -> MadeRows:
    """The rows of all `slices`."""
    drawn = [_drawn_counts(population.keys, each, rng) for each in slices]
    key = np.concatenate([where for where, _ in drawn])
    requests = np.concatenate([counts for _, counts in drawn])
    slice_of_row = np.repeat(np.arange(len(slices)), [len(where) for where, _ in drawn])
    columns = {
        **_key_columns(population.keys, key),
        **_lineage(slices, slice_of_row),
        "requests": requests,
        **_measures(population, key, requests, rng),
    }
    return MadeRows(requests, columns)


def _drawn_counts(keys: Keys, each: Slice, rng: np.random.Generator) -> tuple[Int64Array, Int64Array]:
    """Which keys have events, and how many."""
    (own,) = np.nonzero(keys.partition == each.partition)
    shares = keys.share[own]
    counts = rng.poisson(each.events * shares / shares.sum())
    has_any = counts > 0
    return own[has_any], counts[has_any]


def _key_columns(keys: Keys, key: Int64Array) -> dict[str, Column]:
    return {
        "consumer": keys.consumer[key].astype("<u4"),
        "route": keys.route[key].astype("<u4"),
        "method": keys.method[key].astype("u1"),
        "status": keys.status[key],
        "source": keys.source[key].astype("u1"),
    }


def _lineage(slices: Sequence[Slice], slice_of_row: Int64Array) -> dict[str, Column]:
    return {
        "hour": np.array([each.hour for each in slices], "<u4")[slice_of_row],
        "partition": np.array([each.partition for each in slices], "<i4")[slice_of_row],
        "epoch_first_offset": np.array([each.epoch_first_offset for each in slices], "<i8")[slice_of_row],
        "version": np.array([each.version for each in slices], "<i8")[slice_of_row],
    }


def _measures(
    population: Population, key: Int64Array, requests: Int64Array, rng: np.random.Generator
) -> dict[str, Column]:
    row = np.repeat(np.arange(len(key)), requests)
    route = population.keys.route[key][row]
    columns: dict[str, Column] = {}
    for name, measured in _latencies(population, row, route, population.keys.has_upstream[key][row], rng).items():
        columns |= dict(_statistics(measured, len(key), f"latency_{name}_", "ns", NS_PER_MS))
    for name, measured in _sizes(population, row, route, rng).items():
        columns |= dict(_statistics(measured, len(key), f"{name}_size_", "bytes", 1))
        columns[f"{name}_bytes"] = columns.pop(f"{name}_size_sum_bytes")
    return columns


def _latencies(
    population: Population,
    row: Int64Array,
    route: Int64Array,
    is_waited: npt.NDArray[np.bool_],
    rng: np.random.Generator,
) -> dict[str, Measured]:
    """Whole ms, as gateways log them."""
    upstream = _lognormal(rng, population.upstream_median_ms[route], _UPSTREAM_SIGMA) * is_waited
    gateway = rng.standard_exponential(len(row), np.float32) * np.float32(_GATEWAY_MEAN_MS)
    transfer = rng.standard_exponential(len(row), np.float32) * np.float32(_TRANSFER_MEAN_MS)
    return {
        "request": Measured.of(row, upstream + gateway + transfer, _BUCKETS_OF_MS),
        "upstream": Measured.of(row[is_waited], upstream[is_waited], _BUCKETS_OF_MS),
        "gateway": Measured.of(row, gateway, _BUCKETS_OF_MS),
    }


def _sizes(population: Population, row: Int64Array, route: Int64Array, rng: np.random.Generator) -> dict[str, Measured]:
    request = _lognormal(rng, population.request_median_bytes[route], _REQUEST_SIZE_SIGMA)
    response = _lognormal(rng, population.response_median_bytes[route], _RESPONSE_SIZE_SIGMA)
    return {
        "request": Measured.of(row, request, _BUCKETS_OF_BYTES),
        "response": Measured.of(row, response, _BUCKETS_OF_BYTES),
    }


def _lognormal(rng: np.random.Generator, median: Float32Array, sigma: float) -> Float32Array:
    drawn: Float32Array = np.exp(rng.standard_normal(len(median), np.float32) * np.float32(sigma)) * median
    return drawn


def _statistics(
    measured: Measured, row_count: int, prefix: str, unit: str, factor: int
) -> Iterator[tuple[str, Column]]:
    """The columns of a latency or size: count, sum and extremes times `factor`, and the sketch (`metering.sketch`)."""
    count = np.bincount(measured.row, minlength=row_count)
    has_any = count > 0
    begins = (np.cumsum(count) - count)[has_any]
    yield f"{prefix}count", count
    for name, add in (("sum", np.add), ("min", np.minimum), ("max", np.maximum)):
        value = np.zeros(row_count, np.int64)
        value[has_any] = add.reduceat(measured.value, begins) * factor
        yield f"{prefix}{name}_{unit}", value
    yield from _sketch(measured, row_count, prefix)


def _sketch(measured: Measured, row_count: int, prefix: str) -> Iterator[tuple[str, Lists]]:
    cells = measured.row << _BUCKET_BITS | measured.buckets[measured.value]
    cells.sort()
    (first,) = np.nonzero(np.diff(cells, prepend=-1))
    counts = np.diff(first, append=len(cells))
    found = cells[first]
    ends = np.cumsum(np.bincount(found >> _BUCKET_BITS, minlength=row_count))
    yield f"{prefix}buckets", Lists(ends, (found & ((1 << _BUCKET_BITS) - 1)).astype("<u2"))
    yield f"{prefix}bucket_counts", Lists(ends, counts.astype("<i8"))
