"""What a catalogue declares: sources, dimensions, metrics and labels, as SQL over the rows of a group."""

from typing import Literal

import msgspec

from gatemeter.errors import ConflictError

MetricType = Literal["count", "ratio", "rate", "bytes", "size", "money", "decimal", "ms"]

INVENTORY_KINDS = {
    "control_planes": "",
    "nodes": "node",
    "services": "service",
    "routes": "route",
    "plugins": "plugin",
    "consumers": "consumer",
    "consumer_groups": "consumer_group",
    "workspaces": "workspace",
    "rbac_users": "rbac_user",
}
"""The sources that are no usage but the inventory, each with the kind of its entities; '' for none."""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stored table of usage per hour."""

    table: str


class Dimension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be grouped and filtered by: by source, SQL of a text, '' where an event or entity gives none.

    `all` is for all sources of usage, `inventory` for all of the inventory.
    """

    description: str
    all: str = ""
    api: str = ""
    llm: str = ""
    agentic: str = ""
    streams: str = ""
    meters: str = ""
    inventory: str = ""
    nodes: str = ""
    services: str = ""
    routes: str = ""
    plugins: str = ""
    consumers: str = ""
    consumer_groups: str = ""
    workspaces: str = ""

    def sql(self, source: str) -> str:
        """The SQL for rows of `source`; '' where they do not have the dimension."""
        own: str = getattr(self, source, "")
        return own or (self.inventory if source in INVENTORY_KINDS else self.all)


class Metric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number of a group: `value` is SQL over the aggregates that it `needs`, by name.

    `label` and `other_label` name labels that say what the number is, as the currency of money. `missing` is the
    metric that counts what the number does not hold. `quantile_ppm` is set where the metric is a percentile: the share
    of the values below it, in millionths.
    """

    source: str
    type: MetricType
    needs: dict[str, str]
    value: str
    description: str
    label: str = ""
    other_label: str = ""
    missing: str = ""
    quantile_ppm: int | None = None

    @property
    def is_of_minutes(self) -> bool:
        """Whether it is told by the minutes of a period, which must be known."""
        return "period_minutes" in self.value

    @property
    def is_sum(self) -> bool:
        """Whether groups and times add up to the whole, as numbers of what is different, means and shares do not.

        Of a custom meter only the store knows, by its `aggregation`; here it is a sum.
        """
        if self.type not in ("count", "bytes", "money", "decimal"):
            return False
        return self.source == "meters" or all(each.startswith(("sum(", "sumIf(")) for each in self.needs.values())

    @property
    def is_zero_without_rows(self) -> bool:
        """What was not counted did not happen; of all other types, and of the inventory, nothing is known then."""
        return self.type in ("count", "bytes", "money") and self.source not in INVENTORY_KINDS


class Sum(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A metric that is the sum of `column`, or of the column of its name."""

    description: str
    column: str = ""
    type: MetricType = "count"

    def metric(self, source: str, name: str) -> Metric:
        """The same as any metric."""
        return Metric(source, self.type, {name: f"sum(chosen.{self.column or name})"}, name, self.description)


class Aliases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names that other gateways have, and ours."""

    metrics: dict[str, str]
    dimensions: dict[str, str]


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a number is, as the currency of an amount: `value` is SQL of the distinct labels over the rows of a group.

    `is_one` says that numbers with two labels must not be added, but grouped by `dimension`, '' for that of the label's
    own name. `is_of_time` says that the label is another one at another time: in a comparison it is that of now.
    `source` may be `inventory`, for all sources of it.
    """

    source: str
    value: str
    is_one: bool = False
    is_of_time: bool = False
    dimension: str = ""

    def is_of(self, source: str) -> bool:
        """Whether rows of `source` have it."""
        return self.source == source or (self.source == "inventory" and source in INVENTORY_KINDS)


class SeveralLabelsError(ConflictError):
    """Numbers with two labels were to be added or compared, as amounts in two currencies."""
