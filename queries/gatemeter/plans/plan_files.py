"""Reads plan files, in TOML or YAML, and says what is wrong with them by line and field."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from gatemeter.errors import InputError
from gatemeter.plans.declared_file import Location, faults, read_declared, refusal, zone_fault
from gatemeter.plans.plan import PlanBook

_DO = "see docs/billing.md"
_MODELS = ("flat", "per_unit", "graduated", "volume", "package", "percentage")
"""Pydantic names the kind of a charge in the place of what is wrong with it."""


def load_plans(path: Path) -> PlanBook:
    """The plans and accounts in a file.

    Raises InputError, which names the line of the first fault, and line and field of all others.
    """
    document = read_declared(path, _DO)
    if not isinstance(document, dict):
        raise InputError("has no plans: write each as a table [[plans]]", where=str(path), do=_DO)
    try:
        book = PlanBook.model_validate(document)
    except ValidationError as error:
        raise refusal(path, document, list(faults(error, PlanBook)), _DO, _MODELS) from error
    if unknown := list(_unknown_zones(book)):
        raise refusal(path, document, unknown, _DO)
    return book


def _unknown_zones(book: PlanBook) -> Iterator[tuple[Location, str]]:
    """Not refused in stored statements: what once closed a period must stay readable."""
    for place, account in enumerate(book.accounts):
        if fault := zone_fault(account.time_zone):
            yield ("accounts", place, "time_zone"), fault
