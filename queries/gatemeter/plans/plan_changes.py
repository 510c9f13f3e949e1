"""What differs between two plan files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gatemeter.plans.plan import Account, PlanBook
from gatemeter.plans.plan_list import filter_text, listed_charges


@dataclass(frozen=True, slots=True)
class PlanChange:
    """`before` is None for what is new, `after` for what is gone."""

    what: str
    name: str
    field: str
    before: str | None
    after: str | None


def plan_changes(before: PlanBook, after: PlanBook) -> Iterator[PlanChange]:
    """Changes of what is billable, of plans, and of accounts; none where two files say the same in other words."""
    yield from _changes("file", _file(before), _file(after))
    yield from _changes("billable", _rules(before), _rules(after))
    yield from _changes("charge", _charges(before), _charges(after))
    yield from _changes("plan", _plans(before), _plans(after))
    yield from _changes("account", _accounts(before), _accounts(after))


_Described = Mapping[str, Mapping[str, str]]


def _changes(what: str, before: _Described, after: _Described) -> Iterator[PlanChange]:
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            yield PlanChange(what, name, "", _said(old), _said(new))
            continue
        for field in dict.fromkeys((*old, *new)):
            if old.get(field) != new.get(field):
                yield PlanChange(what, name, field, old.get(field), new.get(field))


def _said(described: Mapping[str, str] | None) -> str | None:
    return None if described is None else "; ".join(f"{name} {value}" for name, value in described.items() if value)


def _file(book: PlanBook) -> _Described:
    return {"": {"subject": book.subject, "corrections": book.corrections}}


def _rules(book: PlanBook) -> _Described:
    return {
        f"{meter} from {rule.valid_from}": {"any_of": " or ".join(filter_text(each) for each in rule.any_of)}
        for rule in book.billable
        for meter in rule.meters
    }


def _charges(book: PlanBook) -> _Described:
    return {
        f"{each.plan} from {each.valid_from}: {each.charge}": {
            "model": each.model,
            "meter": each.meter or "",
            "filter": each.filter,
            "unit": each.unit or "",
            "price": f"{each.price} ({each.currency})",
        }
        for each in listed_charges(book)
    }


def _plans(book: PlanBook) -> _Described:
    return {
        f"{each.name} from {each.valid_from}": {"currency": each.currency, "rounding": each.rounding}
        for each in book.plans
    }


def _accounts(book: PlanBook) -> _Described:
    return {each.id: _account(each) for each in book.accounts}


def _account(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "consumers": ", ".join(sorted(account.consumers)),
        "teams": ", ".join(sorted(account.teams)),
        "workspaces": ", ".join(sorted(account.workspaces)),
        "time_zone": account.time_zone,
        "anchor_day": str(account.anchor_day),
        "plans": ", ".join(f"{each.plan} from {each.valid_from}" for each in account.plans),
    }
