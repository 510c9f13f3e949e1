"""Charges: what a plan asks for the quantity of one meter in one period.

The models are those of billing systems (Stripe, Lago, OpenMeter), with two differences: bounds of tiers are decimal and
half-open, and whether a flat amount is due without usage is always said.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from gatemeter.metrics.catalogue import metric
from gatemeter.plans.amount import Amount, Positive
from gatemeter.plans.counted import Filters, Meter, require_known

_NAME = r"^[a-z0-9]+([._-][a-z0-9]+)*$"
Name = Annotated[str, Field(pattern=_NAME, max_length=64)]


class Part(BaseModel):
    """A table of a plan file; a name that it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Tier(Part):
    """Quantities from where the tier before ends up to, not including, `below`; the last one has no end.

    `at_least` may say again where it begins. `flat_amount` is due once a quantity reaches into the tier.
    """

    at_least: Amount | None = None
    below: Positive | None = None
    unit_amount: Amount = Decimal(0)
    flat_amount: Amount = Decimal(0)


class _Metered(Part):
    """What all charges for a meter say.

    `meter` is a metric of the query engine that adds up. `filters` must all hold. `free_units` are taken off the
    quantity before anything else. The amount is at least `minimum`, also without usage, and at most `maximum`.
    """

    name: Name
    meter: Meter
    filters: Filters = ()
    unit: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    free_units: Amount = Decimal(0)
    minimum: Amount = Decimal(0)
    maximum: Amount | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.maximum is not None and self.maximum < self.minimum:
            msg = f"maximum {self.maximum} is below minimum {self.minimum}"
            raise ValueError(msg)
        require_known(self.meter, self.filters)
        return self


class PerUnit(_Metered):
    """Each unit costs `unit_amount`."""

    model: Literal["per_unit"]
    unit_amount: Amount


class Package(_Metered):
    """Each started package of `package_size` units costs `package_amount`."""

    model: Literal["package"]
    package_size: Positive
    package_amount: Amount


class Percentage(_Metered):
    """`percent` of a meter that is an amount of money: 120 passes a cost through with a margin of 20 %."""

    model: Literal["percentage"]
    percent: Amount

    @model_validator(mode="after")
    def _is_of_money(self) -> Self:
        if metric(self.meter).type != "money":
            msg = f"{self.meter} is no amount of money"
            raise ValueError(msg)
        return self


class _Tiered(_Metered):
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1)]
    flat_at_zero: Annotated[bool, Field(strict=True)] | None = None

    @field_validator("flat_at_zero", mode="before")
    @classmethod
    def _as_said(cls, value: object) -> object:
        return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _tiers_follow_each_other(self) -> Self:
        for wrong in _gaps(self.tiers):
            raise ValueError(wrong)
        if self.tiers[0].flat_amount and self.flat_at_zero is None:
            msg = "flat_at_zero: the first tier has a flat_amount; say whether it is due without usage, true or false"
            raise ValueError(msg)
        return self


class Graduated(_Tiered):
    """The units within each tier cost what that tier says."""

    model: Literal["graduated"]


class Volume(_Tiered):
    """All units cost what the tier says that the whole quantity is in."""

    model: Literal["volume"]


class Flat(Part):
    """An amount a period, whatever is used."""

    name: Name
    model: Literal["flat"]
    amount: Amount


Charge = Annotated[
    Flat | PerUnit | Graduated | Volume | Package | Percentage,
    Field(discriminator="model"),
]
Metered = PerUnit | Graduated | Volume | Package | Percentage


def _gaps(tiers: Sequence[Tier]) -> Iterator[str]:
    """What is wrong with the bounds."""
    begin = Decimal(0)
    for number, tier in enumerate(tiers, 1):
        if tier.at_least is not None and tier.at_least != begin:
            kind = "a gap" if tier.at_least > begin else "an overlap"
            yield f"tiers: tier {number} begins at {tier.at_least}, not at {begin}: {kind}"
        if number == len(tiers):
            if tier.below is not None:
                yield f"tiers: nothing is said of quantities from {tier.below} on: leave out below in the last tier"
        elif tier.below is None:
            yield f"tiers: tier {number} has no end, and tier {number + 1} never begins: give below"
        elif tier.below <= begin:
            yield f"tiers: tier {number} ends below {tier.below}, and begins at {begin}"
        else:
            begin = tier.below
