"""Which metrics and dimensions there are, as `catalogue.toml` says, found by the names that people write."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

import msgspec

from gatemeter.errors import SettingsError
from gatemeter.metrics.custom_meters import group_dimension, meter_label, meter_metric
from gatemeter.metrics.declared import Aliases, Dimension, Label, Metric, Source, Sum
from gatemeter.metrics.distribution import Distribution, Latency, Size, percent_text, ppm_of
from gatemeter.output.text import shortened

_STATISTIC = re.compile(
    r"(?P<family>\w+?)_(?P<statistic>avg|min|max|p(?P<whole>\d{1,2})(?:_(?P<part>\d{1,3}))?)", re.ASCII
)
_SHOWN_STATISTICS = ("avg", "min", "p50", "p90", "p95", "p99", "max")
_MOST_SIMILAR = 3
_MOST_NAMED = 40


class _Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: dict[str, Source]
    label: dict[str, Label]
    dimension: dict[str, Dimension]
    metric: dict[str, Metric]
    sums: dict[str, dict[str, Sum]]
    alias: Aliases
    latency: dict[str, Latency]
    size: dict[str, Size]

    @property
    def family(self) -> dict[str, Distribution]:
        """What is told as mean, extremes and percentiles."""
        return {**self.latency, **self.size}


def table_of(source: str) -> str:
    """The stored table of a source."""
    return _catalogue().source[source].table


def label(name: str) -> Label:
    """What tells the labels that the dimension `name` names."""
    return meter_label(name) or _catalogue().label[name]


def dimensions() -> Mapping[str, Dimension]:
    """All dimensions by name, in the order of the catalogue."""
    return _catalogue().dimension


def metrics() -> dict[str, Metric]:
    """All metrics by name, in the order of the catalogue; of percentiles the usual ones."""
    named = dict(_named())
    for family in _catalogue().family:
        named |= {f"{family}_{each}": metric(f"{family}_{each}") for each in _SHOWN_STATISTICS}
    return named


def dimension(name: str) -> Dimension:
    """The dimension of this name. Raises SettingsError, which names the most similar ones."""
    if found := dimensions().get(name) or group_dimension(name):
        return found
    raise SettingsError(
        f"{shortened(name)!r} is no dimension", do=_similar(name, dimensions(), _catalogue().alias.dimensions)
    )


def metric(name: str) -> Metric:
    """The metric of this name. The name of a latency or size alone is its mean; a percentile is any of p1 to p99_999.

    Raises SettingsError, which names the most similar ones.
    """
    catalogue = _catalogue()
    if found := _named().get(name) or meter_metric(name):
        return found
    if name in catalogue.family:
        return metric(f"{name}_avg")
    match = _STATISTIC.fullmatch(name)
    family = catalogue.family.get(match["family"]) if match else None
    if match is None or family is None or _is_below_all(match):
        raise SettingsError(f"{shortened(name)!r} is no metric", do=_similar(name, metrics(), catalogue.alias.metrics))
    if match["whole"] is None:
        return _statistic(family, match["statistic"])
    return _percentile(family, ppm_of(match["whole"], match["part"] or ""))


def _statistic(family: Distribution, statistic: str) -> Metric:
    stored = "sum" if statistic == "avg" else statistic
    value = f"toFloat64({family.name_of(stored)})" + (f" / {family.name_of('count')}" if statistic == "avg" else "")
    return _metric_of(family, statistic, ("count", stored), value)


def _percentile(family: Distribution, ppm: int) -> Metric:
    shown = f"{percent_text(ppm)}th percentile"
    found = _metric_of(family, shown, ("count", "min", "max", "sketch"), family.percentile(ppm))
    return msgspec.structs.replace(found, quantile_ppm=ppm)


def _metric_of(family: Distribution, statistic: str, needs: Iterable[str], value: str) -> Metric:
    return Metric(
        family.source,
        "ms" if isinstance(family, Latency) else "size",
        family.aggregates(*needs),
        family.shown(value),
        f"{statistic}, in {family.shown_unit}, {family.description}",
        missing=family.missing,
        label=family.label,
    )


def _similar(name: str, names: Iterable[str], aliases: Mapping[str, str]) -> str:
    known = list(names)
    # As other tools write names: in capitals, with spaces around, a percentile as p99.9.
    folded = name.strip().casefold().replace(".", "_")
    if (meant := _meant(folded, aliases)) or (meant := folded if _is_percentile(folded) else None):
        return f"did you mean {meant}?"
    if close := get_close_matches(folded, known, n=_MOST_SIMILAR, cutoff=0.5):
        return f"did you mean {' or '.join(close)}?"
    more = f", and {len(known) - _MOST_NAMED} more: see gatemeter query --list" if len(known) > _MOST_NAMED else ""
    return f"name some of {', '.join(known[:_MOST_NAMED])}{more}"


def _is_percentile(name: str) -> bool:
    match = _STATISTIC.fullmatch(name)
    if match is None or match["whole"] is None or _is_below_all(match):
        return False
    return match["family"] in _catalogue().family


def _is_below_all(match: re.Match[str]) -> bool:
    """Whether it is of the percentile 0, which no number is."""
    return match["whole"] is not None and ppm_of(match["whole"], match["part"] or "") == 0


def _meant(name: str, aliases: Mapping[str, str]) -> str | None:
    """The name that another gateway's name stands for, which may end with a statistic."""
    family, separator, statistic = name.rpartition("_")
    for alias, ending in ((name, ""), (family, separator + statistic.replace("average", "avg"))):
        if alias in aliases and (not ending or aliases[alias] in _catalogue().family):
            return aliases[alias] + ending
    return f"{family}_avg" if statistic == "average" and family in _catalogue().family else None


@cache
def _named() -> dict[str, Metric]:
    """All metrics but those of families."""
    catalogue = _catalogue()
    sums = ((name, source, each) for source, named in catalogue.sums.items() for name, each in named.items())
    return catalogue.metric | {name: each.metric(source, name) for name, source, each in sums}


@cache
def _catalogue() -> _Catalogue:
    text = files("gatemeter.metrics").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Catalogue)
