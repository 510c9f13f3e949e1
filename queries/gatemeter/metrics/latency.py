"""The statistics of a latency: mean, extremes, and percentiles of the merged sketch, as SQL over aggregates."""

import re
from functools import cache
from importlib.resources import files
from string import Template

import msgspec

_COMMENT = re.compile(r"^\s*--.*\n", re.MULTILINE)
_NO_NAME = re.compile(r"\W+")
_PPM_PER_PERCENT = 10_000


class Latency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A family of metrics: what is stored of a latency in the columns that begin with `columns`.

    `where` is SQL that takes only some rows of the source, '' for all.
    """

    source: str
    columns: str
    description: str
    where: str = ""

    def name_of(self, aggregate: str) -> str:
        """The name of one of `aggregates`: the same for all statistics of the family, and no other family's."""
        return "_".join(filter(None, (self.columns, _NO_NAME.sub("_", self.where).strip("_"), aggregate)))

    def aggregates(self, *names: str) -> dict[str, str]:
        """SQL over the rows of a group by name, of count, sum_ns, min_ns, max_ns and sketch those that are named."""
        stored, where = f"chosen.{self.columns}", self.where or "1"
        sql = {
            "count": f"sumIf({stored}_count, {where})",
            "sum_ns": f"sumIf({stored}_sum_ns, {where})",
            # A row of a correction has negative counts and no extremes.
            "min_ns": f"minIf({stored}_min_ns, {stored}_count > 0 AND {where})",
            "max_ns": f"maxIf({stored}_max_ns, {stored}_count > 0 AND {where})",
            "sketch": f"sumMapIf({stored}_buckets, {stored}_bucket_counts, {where})",
        }
        return {self.name_of(name): sql[name] for name in names}

    def in_ms(self, value_ns: str) -> str:
        """SQL of a statistic in milliseconds; NULL where nothing was measured."""
        return f"if({self.name_of('count')} = 0, NULL, round({value_ns} / 1e6, 6))"

    def percentile_ns(self, ppm: int) -> str:
        """SQL of the percentile that `ppm` millionths of the values are below."""
        names = {name: self.name_of(name) for name in ("count", "min_ns", "max_ns", "sketch")}
        return _percentile_template().substitute(names, ppm=ppm)


def percent_text(ppm: int) -> str:
    """`99.9` for 999,000 millionths."""
    return f"{ppm / _PPM_PER_PERCENT:g}"


def ppm_of(whole: str, part: str) -> int:
    """Millionths of a percentage whose digits before and after the point are given: 999,000 of `99` and `9`."""
    return int(whole) * _PPM_PER_PERCENT + int(part.ljust(4, "0"))


@cache
def _percentile_template() -> Template:
    text = files("gatemeter.metrics").joinpath("sql", "percentile_ns.sql").read_text(encoding="utf-8")
    return Template(_COMMENT.sub("", text).strip())
