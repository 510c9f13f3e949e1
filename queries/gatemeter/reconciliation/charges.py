"""Charges of a bill that are not for tokens: taxes, credits, searches and others."""

from collections.abc import Sequence
from decimal import Decimal

from gatemeter.reconciliation.buckets import label
from gatemeter.reconciliation.compared import Cause, ComparedAmount
from gatemeter.reconciliation.stated import StatedAmount

_NO_USAGE = ("tax", "credit", "refund", "fee", "discount", "purchase", "adjustment", "rounding", "enterprise")


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
        if any(word in row.kind.lower() for word in _NO_USAGE):
            row.explain(Cause.NOT_USAGE, row.difference)
        else:
            row.hints.append("billed apart from tokens; here it is a part of the cost of a model, if the log tells it")
    return list(rows.values())
