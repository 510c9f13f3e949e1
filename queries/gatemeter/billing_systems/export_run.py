"""One export of a period to a billing system, from what is owed to what it has."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from gatemeter.billing_systems.delivery import Ask, BillingSystem, Outcome, Result, Usage
from gatemeter.billing_systems.doubts import settled_doubts
from gatemeter.billing_systems.history import Histories
from gatemeter.billing_systems.journal import Journal
from gatemeter.billing_systems.mapping_file import Mapping as SystemMapping
from gatemeter.billing_systems.planning import DeliveryPlan, Unsent, planned, resumed
from gatemeter.billing_systems.reconciliation import Span, Total, reconciled
from gatemeter.billing_systems.sending import OnProgress, Sent, send
from gatemeter.clock import Clock

Usages = Callable[[], Iterable[Usage]]
"""Reads the usage of the period anew."""


@dataclass(slots=True)
class Export:
    """What a run has done. `missing` is that of the plan, `totals` None where the system was not asked."""

    sent: Sent = field(default_factory=Sent)
    unsent: list[Unsent] = field(default_factory=list)
    missing: Mapping[tuple[str, str], int] = field(default_factory=dict)
    totals: list[Total] | None = None


@dataclass(frozen=True, slots=True)
class ExportRun:
    """What an export needs; `period` is its name."""

    system: BillingSystem
    mapping: SystemMapping
    period: str
    journal: Journal
    clock: Clock

    def plan(self, usages: Iterable[Usage], histories: Histories) -> DeliveryPlan:
        """What is to be sent besides what is in doubt. Raises as `planned`."""
        return planned(usages, histories, self.system, self.mapping, self.period, self.clock.now())

    def deliver(
        self,
        usages: Usages,
        ask: Ask,
        export: Export,
        on_progress: OnProgress = lambda _, __: None,
        *,
        asks_doubts: bool = False,
    ) -> None:
        """Send what was in doubt, then what differs; `export` says what was done, also after an error.

        Usage that cannot be told to the system is refused before anything is sent. With `asks_doubts`, what is too long
        in doubt to be sent again is settled by the system's own totals, where these leave no doubt.
        """
        histories = self.journal.histories()
        plan = self.plan(usages(), histories)
        again = resumed(histories, self.system, self.clock.now())
        if asks_doubts:
            again = self._settled_by_totals(again, histories, ask)
        export.unsent += again.unsent
        if again.deliveries:
            send(again.deliveries, self.system, ask, self.journal, export.sent, on_progress, resumes=True)
        if again.deliveries or asks_doubts:
            plan = self.plan(usages(), self.journal.histories())
        export.unsent += plan.unsent
        export.missing = +plan.missing
        try:
            send(plan.deliveries, self.system, ask, self.journal, export.sent, on_progress)
        finally:
            export.unsent += export.sent.refused

    def _settled_by_totals(self, again: DeliveryPlan, histories: Histories, ask: Ask) -> DeliveryPlan:
        """What is found lost is planned anew, as if it had been refused."""
        found = settled_doubts(again.unsent, histories, self.system, self.mapping, ask, self.clock.now())
        self.journal.settle(found.arrived, [Outcome(Result.DUPLICATE, "the total has it")] * len(found.arrived))
        self.journal.settle(found.lost, [Outcome(Result.REFUSED, "the total does not have it")] * len(found.lost))
        return DeliveryPlan(again.deliveries, found.doubtful)

    def check(self, spans: Mapping[str, Span], ask: Ask, export: Export) -> None:
        """Ask the system what it has counted. Raises as `reconciled`."""
        export.totals = reconciled(self.journal.histories(), spans, self.system, self.mapping, ask)
