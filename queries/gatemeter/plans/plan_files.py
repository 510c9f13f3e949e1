"""Reads plan files, in TOML or YAML, and says what is wrong with them by file and field."""

from pathlib import Path

from pydantic import ValidationError

from gatemeter.errors import InputError
from gatemeter.plans.declared_file import faults, place_text, read_declared
from gatemeter.plans.plan import PlanBook

_DO = "see docs/billing.md"
_MODELS = ("flat", "per_unit", "graduated", "volume", "package", "percentage")
"""Pydantic names the kind of a charge in the place of what is wrong with it."""


def load_plans(path: Path) -> PlanBook:
    """The plans and accounts in a file. Raises InputError, which names every field that is wrong."""
    document = read_declared(path, _DO)
    if not isinstance(document, dict):
        raise InputError("has no plans: write each as a table [[plans]]", where=str(path), do=_DO)
    try:
        return PlanBook.model_validate(document)
    except ValidationError as error:
        wrong = (place_text(place, document, _MODELS) + what for place, what in faults(error))
        raise InputError("; ".join(wrong), where=str(path), do=_DO) from error
