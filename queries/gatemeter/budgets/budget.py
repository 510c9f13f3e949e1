"""Budgets as files declare them, and where crossings are announced."""

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import msgspec
from pydantic import Field, field_validator, model_validator

from gatemeter.billing.rating import product
from gatemeter.budgets.window import SlidingWindow, Unit, parse_window
from gatemeter.http_address import AddressFault, address_fault
from gatemeter.metrics.catalogue import dimension, metric
from gatemeter.metrics.minute_catalogue import has_minutes, tells_minutes_apart
from gatemeter.plans.amount import Positive, plain
from gatemeter.plans.billable_rule import Texts
from gatemeter.plans.charge import Name, Part
from gatemeter.plans.counted import Filters, Meter, require_known
from gatemeter.plans.days import DayOfMonth
from gatemeter.plans.plan import Currency

Per = Literal["account", "consumer", "team", "workspace", "service", "route", "request_model", "response_model"]
"""Of what each has the budget. `account` is one of the plan file, the others are dimensions of queries."""

ACCOUNT, CONSUMER = "account", "consumer"
_MOST_THRESHOLDS = 20
_MOST_PERCENT = 10_000
_DECLARATION_LENGTH = 12


class Budget(Part):
    """In each window, `limit` of `meter` for all usage that `filters` take, or for each `per`, of these only `only`.

    Where it is `billable`, only what the plan file's rule takes is counted. `thresholds` are percent of the limit. A
    budget that is to `enforce` is an entitlement: at the limit it is used up.
    Money has a `currency`, other meters have none. Without `time_zone` and `anchor_day` calendar windows are those of
    the account, else of UTC and of the first day.
    """

    name: Name
    meter: Meter
    limit: Positive
    currency: Currency | None = None
    filters: Filters = ()
    billable: bool = False
    per: Per | None = None
    only: Texts = ()
    thresholds: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=_MOST_THRESHOLDS)] = (Decimal(100),)
    window: Any
    time_zone: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    anchor_day: DayOfMonth | None = None
    enforce: bool = False

    @field_validator("window", mode="before")
    @classmethod
    def _is_window(cls, text: object) -> str:
        parse_window(str(text))
        return str(text).strip().lower()

    @field_validator("thresholds")
    @classmethod
    def _rise(cls, thresholds: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
        for lower, upper in pairwise(thresholds):
            if lower >= upper:
                msg = f"{plain(upper)} stands behind {plain(lower)}: write percent of the limit, the lowest first"
                raise ValueError(msg)
        if thresholds and thresholds[-1] > _MOST_PERCENT:
            msg = f"{plain(thresholds[-1])} % is more than {_MOST_PERCENT} %"
            raise ValueError(msg)
        return thresholds

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for wrong in self._contradictions():
            raise ValueError(wrong)
        require_known(self.meter, self.filters)
        if self.per not in (None, ACCOUNT) and not dimension(str(self.per)).sql(self.source):
            msg = f"per: {self.meter} is not known by {self.per}"
            raise ValueError(msg)
        return self

    @property
    def source(self) -> str:
        """Of which kind of usage the meter is."""
        return metric(self.meter).source

    @property
    def is_money(self) -> bool:
        """Whether the meter is an amount of money."""
        return metric(self.meter).type == "money"

    @property
    def length(self) -> Unit | SlidingWindow:
        """The window."""
        return parse_window(self.window)

    @property
    def declaration(self) -> str:
        """Another text as soon as the budget says something else of what is counted, however it is written."""
        said = self.model_dump(mode="json", by_alias=True, exclude={"only", "thresholds", "enforce"})
        if not self.billable:
            del said["billable"]  # budgets that were written before there was such a thing are still the same
        said["limit"] = plain(self.limit)
        text = msgspec.json.encode(said, order="sorted")
        return hashlib.sha256(text).hexdigest()[:_DECLARATION_LENGTH]

    def is_reached(self, threshold: Decimal, used: Decimal) -> bool:
        """Whether `threshold` percent of the limit are used, to the last digit."""
        return product(used, Decimal(100)) >= product(self.limit, threshold)

    def has(self, scope: str) -> bool:
        """Whether the account, consumer, ... `scope` has this budget."""
        return not self.only or scope in self.only

    def _contradictions(self) -> Iterator[str]:
        if self.is_money and self.currency is None:
            yield f"currency: {self.meter} is an amount of money; say in which currency the limit is"
        if not self.is_money and self.currency is not None:
            yield f"currency: {self.meter} is no amount of money"
        if metric(self.meter).type in ("count", "bytes") and self.limit % 1:
            yield f"limit: {plain(self.limit)} is no whole number, and {self.meter} counts"
        if self.only and self.per is None:
            yield "only: say of what these are names, as per = 'consumer'"
        if self.per == ACCOUNT and (self.time_zone or self.anchor_day):
            yield "time_zone and anchor_day are those of the account, in the plan file"
        if isinstance(self.length, SlidingWindow):
            if self.time_zone or self.anchor_day:
                yield "time_zone and anchor_day belong to calendar windows, and this one slides"
            yield from self._not_by_minute()
        elif self.anchor_day and self.window != "month":
            yield "anchor_day belongs to months"

    def _not_by_minute(self) -> Iterator[str]:
        if not (isinstance(self.length, SlidingWindow) and self.length.is_of_minutes):
            return
        if not has_minutes(metric(self.meter)):
            yield f"window: {self.meter} is not known by the minute"
        asked = [each.dimension for each in self.filters] + ([self.per] if self.per else [])
        for name in asked:
            if name == ACCOUNT or not tells_minutes_apart(dimension(name)):
                yield f"window: by the minute usage is not known by {name}"


class Webhook(Part):
    """Where crossings are posted to, signed with the secret in an environment variable or a file.

    Addresses of this machine and of private networks are refused unless `allow_private`.
    """

    name: Name
    url: str
    secret_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    secret_file: Path | None = None
    allow_private: bool = False

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.secret_env is None) == (self.secret_file is None):
            msg = "say where the secret is, by secret_env or by secret_file"
            raise ValueError(msg)
        fault = address_fault(self.url, may_have_query=True)
        if fault is AddressFault.LETTERS or not self.url.isascii():
            msg = "url: write other letters as %C3%BC, and those of a host as xn--"
            raise ValueError(msg)
        if fault is not None:
            msg = "url: write https://HOST/PATH, without a login"
            raise ValueError(msg)
        if urlsplit(self.url).scheme == "http" and not self.allow_private:
            msg = "url: http is for private networks alone (allow_private = true); write https"
            raise ValueError(msg)
        return self


class BudgetBook(Part):
    """A budget file. `subject` says by which name consumers are named, as in a plan file."""

    subject: Literal["id", "username", "custom_id", "workspace/username", "workspace/custom_id"] = "id"
    budgets: Annotated[tuple[Budget, ...], Field(min_length=1)]
    webhooks: tuple[Webhook, ...] = ()
