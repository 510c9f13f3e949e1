"""What of the model costs on a bill are estimates."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from clickhouse_connect.driver.client import Client

from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.meter_query import MeterQuery, row_unit
from gatemeter.billing.rated_account import RatedAccount
from gatemeter.billing.rating import total
from gatemeter.billing.rating_basis import RatingBasis
from gatemeter.billing.statement import statement_of
from gatemeter.billing.statement_plans import default_rule, plans_of
from gatemeter.billing.statement_store import intact_statements
from gatemeter.metrics.answer import group_rows
from gatemeter.plans.amount import plain
from gatemeter.plans.plan import PlanBook
from gatemeter.reports.usage_parameters import Subject

_COST, _ESTIMATED = "llm_cost", "llm_cost_evidence_estimated"


def estimate_notes(
    client: Client, book: PlanBook, period: BillingPeriod, only_account: str | None = None
) -> Iterator[str]:
    """A note for each currency in which costs that accounts pay for are estimates, by what is stored now.

    A closed period is told by the plans of its statement. Raises as `bill` does.
    """
    closed = statement_of(intact_statements(client), period)
    basis = RatingBasis((book,)) if closed is None else RatingBasis((plans_of(closed),), default_rule(closed))
    rated = basis.accounts(client, period)
    asked = [
        each
        for each in rated
        if only_account in (None, each.account.id) and any(charge.meter == _COST for charge in each.metered)
    ]
    costs: defaultdict[str, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for span in dict.fromkeys(each.span for each in asked):
        within = [each for each in asked if each.span == span]
        for unit, cost, estimated in _costs(client, basis, rated, within):
            costs[unit].append((cost, estimated))
    for unit, found in sorted(costs.items()):
        cost, estimated = (total(amounts) for amounts in zip(*found, strict=True))
        if estimated:
            yield (
                f"{plain(estimated)} of {plain(cost)} {unit} of {_COST} are estimates, as stored now: "
                "gatemeter report llm says of which calls"
            )


def _costs(
    client: Client, basis: RatingBasis, rated: Sequence[RatedAccount], within: Sequence[RatedAccount]
) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Currency, cost, and what of it is an estimate, of each row that a charge for model costs is on."""
    asked = MeterQuery(_COST, within, basis.owners(rated), Subject(basis.subject))
    shares = asked.row_shares
    for row in group_rows(client, replace(asked.query, metrics=(_COST, _ESTIMATED))):
        account = shares.account_of(row)
        if account is not None and any(each.is_billable for each in shares.of(account, row)):
            yield row_unit(row, _COST), Decimal(row[_COST] or 0), Decimal(row[_ESTIMATED] or 0)
