"""Reads plan files, in TOML or YAML, and says what is wrong with them by file and field."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gatemeter.errors import InputError
from gatemeter.inventory.documents import read_document
from gatemeter.lenient.toml import parse_toml
from gatemeter.plans.plan import PlanBook

_DO = "see docs/billing.md"
_YAML_SUFFIXES = (".yaml", ".yml", ".json")


def load_plans(path: Path) -> PlanBook:
    """The plans and accounts in a file. Raises InputError, which names every field that is wrong."""
    document = read_document(path, Decimal) if path.suffix in _YAML_SUFFIXES else _toml(path)
    if not isinstance(document, dict):
        raise InputError("has no plans: write each as a table [[plans]]", where=str(path), do=_DO)
    try:
        return PlanBook.model_validate(document)
    except ValidationError as error:
        raise InputError("; ".join(_wrong(error, document)), where=str(path), do=_DO) from error


def _wrong(error: ValidationError, document: Any) -> Iterator[str]:
    """What is wrong where; of a list that is too short only because its entries are wrong, only these."""
    found = error.errors()
    for each in found:
        place = each["loc"]
        if not any(place == other["loc"][: len(place)] and other is not each for other in found):
            yield _place(place, document) + each["msg"].removeprefix("Value error, ")


def _toml(path: Path) -> dict[str, Any]:
    try:
        return parse_toml(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path), do="check the path") from error
    except ValueError as error:  # also of text that is not UTF-8; tomllib names line and column
        raise InputError(f"not TOML: {error}", where=str(path), do=_DO) from error


def _place(location: tuple[int | str, ...], document: Any) -> str:
    """`plan starter, charge requests, tiers: `: places of a list by the names that stand there."""
    words: list[str] = []
    here = document
    for step in location:
        here = _below(here, step)
        if isinstance(step, str):
            words.append(step)
            continue
        name = here.get("name", here.get("id")) if isinstance(here, dict) else None
        within = words.pop().removesuffix("s") if words else "entry"
        words.append(f"{within} {name if isinstance(name, str) else step + 1}")
    shown = [each for each in words if each not in _MODELS]
    return ", ".join(shown) + ": " if shown else ""


_MODELS = ("flat", "per_unit", "graduated", "volume", "package", "percentage")
"""Pydantic names the kind of a charge in the place of what is wrong with it."""


def _below(here: Any, step: int | str) -> Any:
    try:
        return here[step]
    except (KeyError, IndexError, TypeError):
        return here
