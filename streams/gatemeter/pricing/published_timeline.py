"""What a published model costs when: the prices and conditions of `genai-prices` as dated prices.

The package's own rules decide. They are asked for each hour between the dates at which something changes, so a book
cannot drift from what the package says.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from gatemeter.llm.modifiers import SERVICE_TIER, modifiers_text
from gatemeter.pricing.price_book import ServicePrice, StandardPrice
from gatemeter.pricing.price_hours import HOURS_A_DAY, spans_of
from gatemeter.pricing.published_rates import missing_texts, rate_fields

if TYPE_CHECKING:
    from genai_prices.types import ConditionalPrice, ModelInfo, ModelPrice, PriceVariant, TimeOfDateConstraint

_Fields = dict[str, Any]
_Resolve = Callable[[datetime], "ModelPrice | None"]


class NoUsablePriceError(ValueError):
    """A model has no price that counts of tokens can be multiplied with; the text is the reason."""


def standard_prices(model: "ModelInfo") -> tuple[tuple[StandardPrice, ...], list[int]]:
    """The prices of a model, and the hours of the day (UTC) without one because the price changes within them.

    Raises NoUsablePriceError where no price is left.
    """
    conditions = _conditions(model)

    def resolve(moment: datetime) -> "ModelPrice | None":
        # Before the first date the package takes the first price; nobody has published that it was so.
        if not any(each.constraint is None or each.constraint.active(moment) for each in conditions):
            return None
        return model.get_prices(moment)

    groups = _groups(resolve, conditions)
    prices = tuple(StandardPrice.model_validate(fields) for group in groups for fields in group.fields())
    if not prices:
        raise NoUsablePriceError(_reason(conditions))
    return prices, sorted({hour for group in groups for hour in group.mixed_hours})


def priced_variants(model: "ModelInfo", standard: Sequence[StandardPrice]) -> dict[str, tuple[ServicePrice, ...]]:
    """The prices with each set of modifiers, such as `service_tier=batch`, that differ from `standard`."""
    plain = [price.model_dump() for price in standard]
    found: dict[str, tuple[ServicePrice, ...]] = {}
    for variant in model.price_variants or ():
        groups = _groups(
            partial(_varied_price, model, variant.when), [*_conditions(model), *(model.price_variants or ())]
        )
        prices = tuple(ServicePrice.model_validate(fields) for group in groups for fields in group.fields())
        if prices and [price.model_dump(exclude={"factor"}) for price in prices] != plain:
            found.setdefault(_modifiers(variant.when), prices)
    return dict(sorted(found.items()))


def missing_of(model: "ModelInfo") -> tuple[str, ...]:
    """What of the prices of a model no rate of a book can say, in words."""
    prices = [each.prices for each in (*_conditions(model), *(model.price_variants or ()))]
    return tuple(dict.fromkeys(text for price in prices for text in missing_texts(price)))


def _modifiers(when: Mapping[str, str]) -> str:
    """The package says `processing` of a batch, which a gateway logs as a service tier."""
    return modifiers_text({SERVICE_TIER if name == "processing" else name: value for name, value in when.items()})


def _varied_price(model: "ModelInfo", when: Mapping[str, str], moment: datetime) -> "ModelPrice | None":
    variants = [each for each in model.price_variants or () if each.when == when]
    if not any(each.constraint is None or each.constraint.active(moment) for each in variants):
        return None
    return model.get_prices(moment, when)


def _conditions(model: "ModelInfo") -> "list[ConditionalPrice]":
    from genai_prices.types import ConditionalPrice, ModelPrice

    return [ConditionalPrice(prices=model.prices)] if isinstance(model.prices, ModelPrice) else model.prices


def _reason(conditions: "list[ConditionalPrice]") -> str:
    # A published 0 may also mean that nobody has looked the price up.
    if any(value for each in conditions for value in vars(each.prices).values()):
        return "prices in units without a rate, or that change at contexts that are not thresholds of usage"
    return "free of charge or unknown"


class _Group:
    """The prices from one date on, by hour of the day; None where it is not known or changes within the hour."""

    def __init__(self, start: date | None, by_hour: list[_Fields | None], mixed_hours: list[int]) -> None:
        self.start = start
        self.by_hour = by_hour
        self.mixed_hours = mixed_hours

    def fields(self) -> list[_Fields]:
        """The prices as fields of `DatedRates`, the price of most hours first.

        The first one is without `utc_hours`, if every hour has a price.
        """
        distinct = [fields for fields in self.by_hour if fields is not None]
        if not distinct:
            return []
        counts = Counter(map(repr, distinct))
        ordered = sorted({repr(each): each for each in distinct}.items(), key=lambda item: -counts[item[0]])
        dated = {} if self.start is None else {"from": self.start}
        usual = ordered[0][0] if None not in self.by_hour else None
        return [
            dated | (fields if name == usual else {"utc_hours": spans_of(self._hours(name)), **fields})
            for name, fields in ordered
        ]

    def _hours(self, name: str) -> list[int]:
        return [hour for hour, fields in enumerate(self.by_hour) if repr(fields) == name]


def _groups(resolve: _Resolve, conditioned: "Sequence[ConditionalPrice | PriceVariant]") -> list[_Group]:
    from genai_prices.types import StartDateConstraint, TimeOfDateConstraint

    constraints = [each.constraint for each in conditioned]
    dates = sorted({each.start_date for each in constraints if isinstance(each, StartDateConstraint)})
    times = [each for each in constraints if isinstance(each, TimeOfDateConstraint)]
    groups: list[_Group] = []
    for start in (None, *dates):
        day = start or (dates[0] - timedelta(days=1) if dates else date(2000, 1, 1))
        group = _Group(start, *_by_hour(resolve, day, times))
        previous = groups[-1].by_hour if groups else [None] * HOURS_A_DAY
        if group.by_hour != previous:
            groups.append(group)
    return groups


def _by_hour(
    resolve: _Resolve, day: date, times: "list[TimeOfDateConstraint]"
) -> tuple[list[_Fields | None], list[int]]:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    minutes = sorted({0, *(each.minute for span in times for each in (span.start_time, span.end_time))})
    by_hour: list[_Fields | None] = []
    mixed_hours: list[int] = []
    for hour in range(HOURS_A_DAY):
        moments = [midnight + timedelta(hours=hour, minutes=minute) for minute in minutes]
        found = [rate_fields(price) if (price := resolve(moment)) else None for moment in moments]
        is_mixed = any(each != found[0] for each in found)
        by_hour.append(None if is_mixed else found[0])
        if is_mixed:
            mixed_hours.append(hour)
    return by_hour, mixed_hours
