"""Charges of a bill that are not for tokens: taxes, credits, searches and others."""

import re
from collections.abc import Sequence
from decimal import Decimal

from gatemeter.reconciliation.buckets import label
from gatemeter.reconciliation.compared import Cause, ComparedAmount
from gatemeter.reconciliation.stated import ChargeKind, Interval, StatedAmount

_NEVER_USAGE = {"tax", "taxes", "vat", "credit", "credits", "refund", "refunds", "discount", "discounts"}
_TYPES_OF_NO_USAGE = _NEVER_USAGE | {"fee", "fees", "purchase", "adjustment", "rounding"}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
"""As in `SavingsPlanRecurringFee`; "grounding" is another word than "rounding"."""


def kind_of_type(charge_type: str) -> ChargeKind:
    """What a charge is for by its type, a word of a list that the provider has, as `EdpDiscount`."""
    return _kind(charge_type, _TYPES_OF_NO_USAGE)


def kind_of_name(name: str) -> ChargeKind:
    """What a charge is for by its name, which is free text: a "fee for web searches" is for usage."""
    return _kind(name, _NEVER_USAGE)


def _kind(text: str, words: set[str]) -> ChargeKind:
    found = {word.lower() for word in _WORD.findall(text)}
    return ChargeKind.USAGE if words.isdisjoint(found) else ChargeKind.NO_USAGE


def charge_rows(provider: str, amounts: Sequence[StatedAmount]) -> list[ComparedAmount]:
    """A row for each charge, time and currency; nothing was counted of it."""
    rows: dict[tuple[str, ChargeKind, Interval, str], ComparedAmount] = {}
    for each in sorted(amounts, key=lambda one: (one.interval, one.charge)):
        key = (each.charge, each.charge_kind, each.interval, each.currency)
        empty = ComparedAmount(
            provider, "", label(each.interval), each.charge, each.currency, Decimal(0), Decimal(0), each.where
        )
        row = rows.setdefault(key, empty)
        row.stated += each.amount
        row.rows += 1
    for (_, kind, _, _), row in rows.items():
        _explain(row, kind)
    return list(rows.values())


def _explain(row: ComparedAmount, kind: ChargeKind) -> None:
    match kind:
        case ChargeKind.NO_USAGE:
            row.explain(Cause.NOT_USAGE, row.difference)
        case ChargeKind.CORRECTION:
            row.hints.append("corrects an earlier bill: give the export of that time to compare its usage")
        case ChargeKind.USAGE:
            row.hints.append("billed apart from tokens; here it is a part of the cost of a model, if the log tells it")
