"""Reading what billing systems answer."""

from decimal import Decimal, InvalidOperation
from typing import Any

from gatemeter.billing_systems.billing_system import Answer, Counted
from gatemeter.errors import DeliveryError, SettingsError

_MOST_DIGITS = 60
"""Before the point or behind it; a total with more of them cannot be added up exactly."""


def member(document: Any, name: str) -> Any:
    """A member of a JSON object; None where there is no such member, or no object."""
    return document.get(name) if isinstance(document, dict) else None


def number(value: Any, place: str, answer: Answer) -> Decimal:
    """A number, also one that is written as text. Raises DeliveryError for anything else."""
    if isinstance(value, int | str | Decimal) and not isinstance(value, bool):
        try:
            found = Decimal(value)
        except InvalidOperation:
            found = Decimal("NaN")
        if found.is_finite() and _is_exact(found):
            return found
    raise unreadable(place, answer)


def _is_exact(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_MOST_DIGITS and number.adjusted() <= _MOST_DIGITS


def unreadable(place: str, answer: Answer) -> DeliveryError:
    """The error of an answer that does not say what was asked."""
    return DeliveryError(
        f"it does not say what it has counted: {answer.shortened}", where=place, do="check the address and the key"
    )


def missing_meter(counted: Counted) -> SettingsError:
    """The error of a question that needs the system's own id of a meter."""
    return SettingsError(
        f"what was counted of {counted.event_name} cannot be asked without the id of its meter",
        where="--mapping",
        do="add meter_id to the charge",
    )
