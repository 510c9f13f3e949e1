"""Charges of a bill that are not for tokens: taxes, credits, searches and others."""

import re
from collections.abc import Sequence
from decimal import Decimal

from gatemeter.reconciliation.buckets import label
from gatemeter.reconciliation.compared import Cause, ComparedAmount
from gatemeter.reconciliation.stated import StatedAmount

_NO_USAGE = {
    *("tax", "taxes", "vat", "credit", "credits", "refund", "refunds", "fee", "fees", "discount", "discounts"),
    *("purchase", "adjustment", "rounding"),
}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
"""As in `SavingsPlanRecurringFee`; "grounding" is another word than "rounding"."""


def charge_rows(provider: str, amounts: Sequence[StatedAmount]) -> list[ComparedAmount]:
    """A row for each charge, time and currency; nothing was counted of it."""
    rows: dict[tuple[object, ...], ComparedAmount] = {}
    for each in sorted(amounts, key=lambda one: (one.interval, one.charge)):
        key = (each.charge, each.interval, each.currency)
        empty = ComparedAmount(
            provider, "", label(each.interval), each.charge, each.currency, Decimal(0), Decimal(0), each.where
        )
        row = rows.setdefault(key, empty)
        row.stated += each.amount
        row.rows += 1
    for row in rows.values():
        if not _NO_USAGE.isdisjoint(word.lower() for word in _WORD.findall(row.kind)):
            row.explain(Cause.NOT_USAGE, row.difference)
        else:
            row.hints.append("billed apart from tokens; here it is a part of the cost of a model, if the log tells it")
    return list(rows.values())
