"""Reads budget files, in TOML, YAML or JSON, and says what is wrong with them by line and field."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from pydantic import ValidationError

from gatemeter.budgets.budget import ACCOUNT, BudgetBook
from gatemeter.errors import InputError
from gatemeter.plans.declared_file import Location, faults, line_of, place_text, read_declared
from gatemeter.plans.plan import PlanBook

_DO = "see docs/budgets.md"


def load_budgets(path: Path, plans: PlanBook | None) -> BudgetBook:
    """The budgets in a file; `plans` has the accounts that they are for.

    Raises InputError, which names the line of the first fault, and line and field of all others.
    """
    document = read_declared(path, _DO)
    if not isinstance(document, dict):
        raise InputError("has no budgets: write each as a table [[budgets]]", where=str(path), do=_DO)
    try:
        book = BudgetBook.model_validate(document)
    except ValidationError as error:
        raise _refusal(path, document, list(faults(error))) from error
    if conflicts := list(_conflicts(book, plans)):
        raise _refusal(path, document, conflicts)
    return book


def _refusal(path: Path, document: Any, found: list[tuple[Location, str]]) -> InputError:
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = [line_of(text, place, document) for place, _ in found]
    told = [place_text(place, document) + what for place, what in found]
    others = (f"line {line}: {what}" for line, what in zip(lines[1:], told[1:], strict=True))
    return InputError("; ".join((told[0], *others)), where=f"{path}:{lines[0]}", do=_DO)


def _conflicts(book: BudgetBook, plans: PlanBook | None) -> Iterator[tuple[Location, str]]:
    """What a budget says that another one, or the plan file, contradicts."""
    for table, entries in (("budgets", book.budgets), ("webhooks", book.webhooks)):
        names = [each.name for each in entries]
        for place, name in enumerate(names):
            if name in names[:place]:
                yield (table, place, "name"), "the name is there twice"
    accounts = {each.id for each in plans.accounts} if plans else set()
    for place, budget in enumerate(book.budgets):
        if budget.time_zone and (zones := _zones()) and budget.time_zone not in zones:
            yield ("budgets", place, "time_zone"), f"{budget.time_zone!r} is not a time zone; as Europe/Berlin"
        if budget.per != ACCOUNT:
            continue
        if plans is None:
            yield ("budgets", place, "per"), "accounts are those of a plan file: give --plans"
        elif plans.subject != book.subject:
            what = f"the plan file names consumers by {plans.subject}, and this file by {book.subject}"
            yield ("subject",), what
        elif unknown := [each for each in budget.only if each not in accounts]:
            yield ("budgets", place, "only"), f"the plan file has no account {unknown[0]}"


@cache
def _zones() -> set[str]:
    """Those that this machine knows; empty where it has no database of them, and the store alone can tell."""
    return available_timezones()
