"""A question about usage: which metrics, by which dimensions, of which rows, in which periods, and how many groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gatemeter.errors import SettingsError
from gatemeter.metrics.catalogue import dimension, dimensions, metric
from gatemeter.metrics.comparison import compared_columns
from gatemeter.metrics.declared import INVENTORY_KINDS, Metric
from gatemeter.metrics.filters import Filter
from gatemeter.metrics.minute_catalogue import require_minutes
from gatemeter.output.layout import PERIOD
from gatemeter.output.text import shortened
from gatemeter.reports.period import Period, TimeSpan
from gatemeter.reports.usage_parameters import UsageParameters

MOST_METRICS = 50
MOST_DIMENSIONS = 8


@dataclass(frozen=True, slots=True)
class Order:
    """The column to order by."""

    column: str
    is_descending: bool = False

    @classmethod
    def parse(cls, text: str) -> "Order":
        """`request_count`, or with the greatest first `-request_count`."""
        return cls(text.removeprefix("-"), text.startswith("-"))


@dataclass(frozen=True, slots=True)
class MetricsQuery(UsageParameters):
    """A question; rows are by period where one is given, then by what `order` says.

    Without an order, the groups with the most of the first metric come first. Of more groups than `limit` those that
    come last are one. Raises SettingsError for names that the catalogue does not have, and for metrics that cannot be
    told by one of the dimensions.
    """

    metrics: Sequence[str] = ("request_count",)
    by: Sequence[str] = ()
    filters: Sequence[Filter] = ()
    order: Order | None = None
    limit: int | None = None
    before: TimeSpan | None = None
    """The time to compare with; the groups shown are those of `span`, or are no more."""
    now: datetime | None = None
    """When it is asked, in UTC: rates are over the minutes that have passed. None: `span` is over."""

    def __post_init__(self) -> None:
        self._require_bounds()
        for name in self.by:
            dimension(name)
        asked_dimensions = (*self.by, *(each.dimension for each in self.filters))
        for name, found in self.found.items():
            for asked in asked_dimensions:
                _require_known(name, found, asked)
        if self.period is Period.MINUTE:
            self._require_all_consumers()
            require_minutes(self.found, asked_dimensions)
        if self.order is not None and self.order.column not in (*self.found, *self.by, PERIOD):
            raise SettingsError(
                f"{shortened(self.order.column)!r} is no column of the answer",
                where="--order",
                do=f"order by one of {', '.join((*self.metrics, *self.by))}",
            )

    @property
    def found(self) -> dict[str, Metric]:
        """The metrics by name, in the order asked for, and behind them those that say what amounts do not hold."""
        asked = {name: metric(name) for name in self.metrics}
        return asked | {each.missing: metric(each.missing) for each in asked.values() if each.missing}

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of the metrics, each once."""
        return tuple(dict.fromkeys(each.source for each in self.found.values()))

    @property
    def usage_sources(self) -> tuple[str, ...]:
        """The sources without the inventory: stored usage alone."""
        return tuple(source for source in self.sources if source not in INVENTORY_KINDS)

    @property
    def labels(self) -> tuple[str, ...]:
        """The dimensions that say what the metrics are, each once, but for those that are grouped by."""
        named = (each for found in self.found.values() for each in (found.label, found.other_label) if each)
        return tuple(name for name in dict.fromkeys(named) if name not in self.by)

    @property
    def columns(self) -> list[str]:
        """The columns of the answer in order: the period if there are periods, dimensions, metrics, labels.

        In a comparison, behind each metric stand its value in the time before, and the change.
        """
        columns = [*([PERIOD] if self.period else []), *self.by, *self.found, *self.labels]
        return compared_columns(columns, self.found) if self.before else columns

    @property
    def effective_order(self) -> Order:
        """The order asked for, else that by the first metric, the greatest first."""
        return self.order or Order(self.metrics[0], is_descending=True)

    def _require_all_consumers(self) -> None:
        if self.consumers or self.allowed.consumers:
            raise SettingsError(
                "requests per minute are not known by consumer, and only some consumers may be asked about",
                where="--granularity",
                do="ask by the hour",
            )

    def _require_bounds(self) -> None:
        for names, most, flag in ((self.metrics, MOST_METRICS, "--metrics"), (self.by, MOST_DIMENSIONS, "--by")):
            if len(names) > most or len(set(names)) < len(names):
                raise SettingsError(f"names are given twice, or more than {most}", where=flag, do="give fewer")
        if not self.metrics:
            raise SettingsError("no metric is asked for", where="--metrics", do="name some, as request_count")
        if self.before is not None and self.period is not None:
            raise SettingsError("periods are not compared", where="--compare", do="leave out --granularity")
        if self.limit is not None and self.limit < 1:
            raise SettingsError(f"{self.limit} groups are none", where="--limit", do="give 1 or more")


def _require_known(name: str, found: Metric, asked: str) -> None:
    if not dimension(asked).sql(found.source):
        fit = [each for each, it in dimensions().items() if it.sql(found.source)]
        raise SettingsError(f"{name} is not known by {asked}", do=f"it can be told by {', '.join(fit)}")
