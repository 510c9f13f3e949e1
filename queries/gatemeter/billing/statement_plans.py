"""What a closed period was rated by: the plan file of its statement, and the rule for what is billable without it."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from gatemeter.billing.statement import UNREADABLE_DO, Statement
from gatemeter.errors import ConflictError
from gatemeter.plans.billable_rule import BillableRule
from gatemeter.plans.plan import PlanBook

_Declared = TypeVar("_Declared", bound=BaseModel)

FORMAT_1_DEFAULT = BillableRule.model_validate(
    {
        "valid_from": date(1970, 1, 1),
        "meters": ["request_count", "request_size_sum", "response_size_sum"],
        "any_of": [["source not in kong"], ["status_class in 1xx,2xx,3xx"]],
    }
)
"""The default rule of the versions whose statements do not say theirs. It never changes, whatever `DEFAULT_RULE` is."""


def plans_of(statement: Statement) -> PlanBook:
    """The plan file that a statement holds. Raises ConflictError for one that this version cannot read."""
    return _read(PlanBook, statement.plans, statement)


def plan_books(statements: Sequence[Statement]) -> Iterator[PlanBook]:
    """The plan file of each statement; one object as long as it stays the same. Raises as `plans_of`."""
    said, book = None, None
    for each in statements:
        if book is None or each.plans != said:
            said, book = each.plans, plans_of(each)
        yield book


def default_rule(statement: Statement) -> BillableRule:
    """What is billable where the plan file of a statement says nothing. Raises as `plans_of`."""
    if isinstance(statement.billable_default, dict):
        return _read(BillableRule, statement.billable_default, statement)
    return FORMAT_1_DEFAULT


def _read(kind: type[_Declared], document: object, statement: Statement) -> _Declared:
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise ConflictError(
            f"this version cannot read the plans of statement {statement.number}: {place}: {error.errors()[0]['msg']}",
            where=f"statement of {statement.period}",
            do=UNREADABLE_DO,
        ) from error
