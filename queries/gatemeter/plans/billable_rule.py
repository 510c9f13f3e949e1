"""Which requests are billable at all, before any charge asks for them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, field_serializer, field_validator, model_validator

from gatemeter.metrics.filters import Filter
from gatemeter.plans.charge import Part
from gatemeter.plans.counted import as_filters, filter_texts, require_known, require_sum
from gatemeter.plans.days import Day


def _listed(value: object) -> Any:
    return (value,) if isinstance(value, str) else value


Texts = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_listed)]
"""One text, or a list of them."""


class BillableRule(Part):
    """Of `meters`, in periods that begin on `valid_from` or later, what one of `any_of` holds for is billable.

    Each of `any_of` is a list of filters that must all hold.
    """

    valid_from: Day
    meters: Annotated[Texts, Field(min_length=1)] = ("request_count", "request_size_sum", "response_size_sum")
    any_of: Annotated[tuple[Any, ...], Field(min_length=1)]

    @field_validator("any_of", mode="before")
    @classmethod
    def _are_filters(cls, alternatives: object) -> tuple[tuple[Filter, ...], ...]:
        if not isinstance(alternatives, list | tuple):
            msg = "a list of lists of filters"
            raise ValueError(msg)  # noqa: TRY004 - pydantic reports a ValueError by field
        return tuple(as_filters(each) for each in alternatives)

    @field_serializer("any_of")
    def _as_texts(self, alternatives: Sequence[Sequence[Filter]]) -> list[list[str]]:
        return [filter_texts(filters) for filters in alternatives]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for meter in self.meters:
            require_sum(meter)
            for filters in self.any_of:
                require_known(meter, filters)
        return self

    @property
    def dimensions(self) -> Sequence[str]:
        """What rows have to be told apart by, each once."""
        return tuple(dict.fromkeys(each.dimension for filters in self.any_of for each in filters))

    def takes(self, row: Mapping[str, str]) -> bool:
        """Whether a row is billable whose dimensions are `row`, '' for what its events did not give."""
        return any(all(each.holds(row[each.dimension]) for each in filters) for filters in self.any_of)


DEFAULT_RULE = BillableRule.model_validate(
    {"valid_from": date(1970, 1, 1), "any_of": [["source not in kong"], ["status_class in 1xx,2xx,3xx"]]}
)
"""What the upstream answered, and what the gateway served itself, as from a cache; not what the gateway refused.

Where it is not known who answered, the upstream did: no client can keep a served request off the bill.
"""


def rule_of(
    rules: Sequence[BillableRule], meter: str, day: date, default: BillableRule = DEFAULT_RULE
) -> BillableRule | None:
    """The rule for `meter` in a period that begins on `day`; None where all of it is billable.

    `default` holds where `rules` say nothing: the rule of this version, but for periods that another one has closed.
    """
    dated = [each for each in rules if meter in each.meters and each.valid_from <= day]
    return max(dated, key=lambda each: each.valid_from, default=default if meter in default.meters else None)
