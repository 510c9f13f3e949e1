"""The statistics of a latency or size: mean, extremes, and percentiles of the merged sketch, as SQL over aggregates."""

import re
from functools import cache
from importlib.resources import files
from string import Template
from typing import ClassVar

import msgspec

_COMMENT = re.compile(r"^\s*--.*\n", re.MULTILINE)
_NO_NAME = re.compile(r"\W+")
_PPM_PER_PERCENT = 10_000


class Distribution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A family of metrics: what is stored of a measured value in the columns that begin with `columns`.

    `where` is SQL that takes only some rows of the source, '' for all. `missing` is the metric that counts the events
    whose values are not in the columns, '' where all that have a value are. Values are stored in `stored_unit`, and
    shown in `shown_unit`, of which `per_shown_unit` make one.
    """

    stored_unit: ClassVar[str]
    shown_unit: ClassVar[str]
    per_shown_unit: ClassVar[str]

    source: str
    columns: str
    description: str
    where: str = ""
    missing: str = ""
    label: str = ""

    def name_of(self, aggregate: str) -> str:
        """The name of one of `aggregates`: the same for all statistics of the family, and no other family's."""
        return "_".join(filter(None, (self.columns, _NO_NAME.sub("_", self.where).strip("_"), aggregate)))

    def aggregates(self, *names: str) -> dict[str, str]:
        """SQL over the rows of a group by name, of count, sum, min, max and sketch those that are named."""
        stored, where, unit = f"chosen.{self.columns}", self.where or "1", self.stored_unit
        buckets = f"sumMapIf(mapFromArrays({stored}_buckets, {stored}_bucket_counts), {where})"
        sql = {
            "count": f"sumIf({stored}_count, {where})",
            "sum": f"sumIf({stored}_sum_{unit}, {where})",
            # A row of a correction has negative counts and no extremes.
            "min": f"minIf({stored}_min_{unit}, {stored}_count > 0 AND {where})",
            "max": f"maxIf({stored}_max_{unit}, {stored}_count > 0 AND {where})",
            # Of maps it takes a sixth of the time that it takes of two arrays.
            "sketch": f"(mapKeys({buckets}), mapValues({buckets}))",
        }
        return {self.name_of(name): sql[name] for name in names}

    def shown(self, value: str) -> str:
        """SQL of a statistic in the unit shown; NULL where nothing was measured."""
        return f"if({self.name_of('count')} <= 0, NULL, round({value} / {self.per_shown_unit}, 6))"

    def percentile(self, ppm: int) -> str:
        """SQL of the percentile that `ppm` millionths of the values are below."""
        names = {name: self.name_of(name) for name in ("count", "min", "max", "sketch")}
        return _percentile_template().substitute(names, ppm=ppm)


class Latency(Distribution, frozen=True, forbid_unknown_fields=True):
    """A family of milliseconds."""

    stored_unit = "ns"
    shown_unit = "ms"
    per_shown_unit = "1e6"


class Size(Distribution, frozen=True, forbid_unknown_fields=True):
    """A family of bytes. Its sum, and so its mean, is stored elsewhere: also of what has no sketch."""

    stored_unit = "bytes"
    shown_unit = "bytes"
    per_shown_unit = "1"


def percent_text(ppm: int) -> str:
    """`99.9` for 999,000 millionths."""
    return f"{ppm / _PPM_PER_PERCENT:g}"


def ppm_of(whole: str, part: str) -> int:
    """Millionths of a percentage whose digits before and after the point are given: 999,000 of `99` and `9`."""
    return int(whole) * _PPM_PER_PERCENT + int(part.ljust(4, "0"))


@cache
def _percentile_template() -> Template:
    text = files("gatemeter.metrics").joinpath("sql", "percentile.sql").read_text(encoding="utf-8")
    return Template(_COMMENT.sub("", text).strip())
