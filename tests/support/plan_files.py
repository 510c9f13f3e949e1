"""Plans and accounts for tests: name what matters, the rest is harmless."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from pydantic import TypeAdapter

from gatemeter.plans.charge import Charge, Metered
from gatemeter.plans.plan import PlanBook

_CHARGES: TypeAdapter[Any] = TypeAdapter(Charge)


def charge(model: str, **values: Any) -> Metered:
    """A charge for requests."""
    found: Metered = _CHARGES.validate_python({"name": "requests", "meter": "request_count", "model": model, **values})
    return found


def tiers(*bounds_and_prices: tuple[str | None, str], flat: str = "0") -> list[dict[str, Any]]:
    """Tiers by their end and the price of a unit; `flat` is due for each."""
    return [
        {"unit_amount": price, "flat_amount": flat, **({"below": below} if below else {})}
        for below, price in bounds_and_prices
    ]


def plan(*charges: dict[str, Any], **values: Any) -> dict[str, Any]:
    """A plan in EUR since 2026."""
    return {"name": "starter", "valid_from": "2026-01-01", "currency": "EUR", "charges": list(charges), **values}


PER_REQUEST: dict[str, Any] = {
    "name": "requests",
    "meter": "request_count",
    "model": "per_unit",
    "unit_amount": "0.001",
}


def account(name: str = "acme", **values: Any) -> dict[str, Any]:
    """An account of the consumer of its name, on the plan `starter` since 2026."""
    since = [{"plan": "starter", "valid_from": "2026-01-01"}]
    return {"id": name, "consumers": [name], "plans": since, **values}


def document(*plans: dict[str, Any], accounts: Any = (), **values: Any) -> dict[str, Any]:
    """A plan file."""
    return {"plans": list(plans or (plan(PER_REQUEST),)), "accounts": list(accounts or (account(),)), **values}


def book(*plans: dict[str, Any], accounts: Any = (), **values: Any) -> PlanBook:
    """What `document` says."""
    return PlanBook.model_validate(document(*plans, accounts=accounts, **values))


def written(path: Path, content: dict[str, Any]) -> Path:
    """`content` as a file; JSON is YAML, too."""
    path.write_bytes(msgspec.json.encode(content, enc_hook=_as_text))
    return path


def _as_text(value: object) -> str:
    assert isinstance(value, Decimal)
    return str(value)
