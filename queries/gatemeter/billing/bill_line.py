"""A line of a bill, as it is rated, printed, and kept in a statement."""

import msgspec


class BillLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one charge costs an account in a period.

    `amount` is rounded to the currency's smallest unit, `amount_exact` is what was rounded; both are decimal numbers as
    text, None where `quantity` is not known. `quantity` is a whole number of counts and bytes, and else a decimal
    number as text. `not_billable` is what the billable rule leaves out, and `missing` how many events are in neither
    for want of a value. `correction_of` is the period that a correction belongs to, None for usage of this one.
    `offsets` says between which offsets of which partitions the events of `quantity` are, '' where there are none; None
    where that is not known, as in statements of older versions, whose hash does not cover it.
    """

    period: str
    account: str
    plan: str
    charge: str
    meter: str | None
    quantity: int | str | None
    unit: str | None
    amount: str | None
    amount_exact: str | None
    currency: str
    correction_of: str | None
    formula: str
    not_billable: int | str | None
    missing: int
    offsets: str | None = None
