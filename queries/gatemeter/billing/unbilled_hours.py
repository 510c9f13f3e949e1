"""Reads what accounts used in hours in which they are on no plan."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from gatemeter.billing.account_index import UsageOwners
from gatemeter.billing.meter_query import unit_dimensions
from gatemeter.billing.unbilled_usage import HoursWithoutPlan, UnbilledUsage
from gatemeter.metrics.answer import group_rows
from gatemeter.metrics.catalogue import metric
from gatemeter.metrics.custom_meters import require_sums
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.plans.billable_rule import BillableRule, rule_of
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.usage_parameters import Subject


@dataclass(frozen=True, slots=True)
class UnbilledHours:
    """What is asked about `hours`: whose a row is, and what of it would be billable."""

    hours: Sequence[HoursWithoutPlan]
    owners: UsageOwners
    subject: Subject
    rules: Sequence[BillableRule]
    default_rule: BillableRule

    def notes(self, client: Client, period: object, nobody: dict[str, UnbilledUsage] | None = None) -> Iterator[str]:
        """How much each account used; that one is on no plan is also said of an account without usage.

        Usage of nobody's account within the first hours is added to `nobody`. Raises as `used` does.
        """
        found: dict[tuple[str, str], UnbilledUsage] = {}
        for span in dict.fromkeys(each.span for each in self.hours):
            within = [each for each in self.hours if each.span == span]
            for meter in dict.fromkeys(meter for each in within for meter in each.meters):
                self._read(client, meter, span, within, found, nobody)
        for each in self.hours:
            said = [
                note
                for meter in each.meters
                for note in found.get((each.account.id, meter), UnbilledUsage(each.span)).notes(meter, each.said)
            ]
            if not said and each.is_whole_period:
                said = [f"account {each.account.id} is on no plan in {period}"]
            yield from said

    def _read(
        self,
        client: Client,
        meter: str,
        span: TimeSpan,
        within: Sequence[HoursWithoutPlan],
        found: dict[tuple[str, str], UnbilledUsage],
        nobody: dict[str, UnbilledUsage] | None,
    ) -> None:
        if metric(meter).source == "meters":
            require_sums(client, meter)
        rules = {
            each.account.id: rule_of(self.rules, meter, each.first_day, self.default_rule)
            for each in within
            if meter in each.meters
        }
        for row in group_rows(client, self._query(meter, span, rules)):
            account = self.owners.account_of(row)
            if account in rules:
                rule = rules[account]
                usage = found.setdefault((account, meter), UnbilledUsage(span))
            elif account is None and nobody is not None:
                rule = next(iter(rules.values()))
                usage = nobody.setdefault(meter, UnbilledUsage(span))
            else:
                continue
            if usage.span == span:
                usage.add(row, meter, is_billable=rule is None or rule.takes(row))

    def _query(self, meter: str, span: TimeSpan, rules: Mapping[str, BillableRule | None]) -> MetricsQuery:
        asked = [name for rule in rules.values() if rule is not None for name in rule.dimensions]
        by = tuple(dict.fromkeys((*self.owners.dimensions, *asked, *unit_dimensions(meter))))
        return MetricsQuery(period=None, span=span, metrics=(meter,), by=by, subject=self.subject)
