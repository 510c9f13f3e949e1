"""Reads budget files, in TOML, YAML or JSON, and says what is wrong with them by line and field."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from gatemeter.budgets.budget import ACCOUNT, BudgetBook
from gatemeter.errors import InputError
from gatemeter.plans.declared_file import Location, faults, read_declared, refusal, zone_fault
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
        raise refusal(path, document, list(faults(error, BudgetBook)), _DO) from error
    if conflicts := list(_conflicts(book, plans)):
        raise refusal(path, document, conflicts, _DO)
    return book


def _conflicts(book: BudgetBook, plans: PlanBook | None) -> Iterator[tuple[Location, str]]:
    """What a budget says that another one, or the plan file, contradicts."""
    for table, entries in (("budgets", book.budgets), ("webhooks", book.webhooks)):
        names = [each.name for each in entries]
        for place, name in enumerate(names):
            if name in names[:place]:
                yield (table, place, "name"), "the name is there twice"
    accounts = {each.id for each in plans.accounts} if plans else set()
    for place, budget in enumerate(book.budgets):
        if budget.time_zone and (fault := zone_fault(budget.time_zone)):
            yield ("budgets", place, "time_zone"), fault
        if budget.per != ACCOUNT:
            continue
        if plans is None:
            yield ("budgets", place, "per"), "accounts are those of a plan file: give --plans"
        elif plans.subject != book.subject:
            what = f"the plan file names consumers by {plans.subject}, and this file by {book.subject}"
            yield ("subject",), what
        elif unknown := [each for each in budget.only if each not in accounts]:
            yield ("budgets", place, "only"), f"the plan file has no account {unknown[0]}"
