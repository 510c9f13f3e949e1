"""Which hours of a month accounts have, from one statement to the next.

Periods of an account follow each other without a gap or an overlap only while its `time_zone` and `anchor_day` stay
what they are, and a consumer may move only between accounts whose periods begin alike.
"""

from collections.abc import Iterator, Mapping

from gatemeter.billing.statement import Statement
from gatemeter.billing.statement_plans import plans_of
from gatemeter.errors import ConflictError
from gatemeter.plans.plan import PlanBook

_MOST_NAMED = 3

_Calendar = tuple[str, int]
"""`time_zone` and `anchor_day`."""


def require_same_calendars(last: Statement, book: PlanBook) -> None:
    """Raise ConflictError where hours would be billed twice, or never, after the periods that `last` has closed."""
    before, after = _calendars(plans_of(last)), _calendars(book)
    if changed := list(_changed(before, after)):
        more = f", and {len(changed) - _MOST_NAMED} more" if len(changed) > _MOST_NAMED else ""
        raise ConflictError(
            f"hours would be billed twice, or never: {', '.join(changed[:_MOST_NAMED])}{more}",
            where=f"--plans, beside statement {last.number} of {last.period}",
            do="keep time_zone and anchor_day, and move names only between accounts that have the same",
        )


def _calendars(book: PlanBook) -> Mapping[str, _Calendar]:
    """By account, and by each name whose usage one has."""
    found: dict[str, _Calendar] = {}
    for account in book.accounts:
        names = [f"{kind} {name}" for kind, name in account.names]
        found |= dict.fromkeys((f"account {account.id}", *names), (account.time_zone, account.anchor_day))
    return found


def _changed(before: Mapping[str, _Calendar], after: Mapping[str, _Calendar]) -> Iterator[str]:
    for name, (time_zone, anchor_day) in before.items():
        if name in after and after[name] != (time_zone, anchor_day):
            new_zone, new_day = after[name]
            had = f"{time_zone} from day {anchor_day}"
            yield f"periods of {name} are those of {new_zone} from day {new_day}, and were those of {had}"
