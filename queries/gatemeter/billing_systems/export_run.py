"""One export of a period to a billing system, from what is owed to what it has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gatemeter.billing_systems.basis import Bases
from gatemeter.billing_systems.billing_system import Ask, BillingSystem
from gatemeter.billing_systems.delivery import Delivery, Outcome, Result, Usage
from gatemeter.billing_systems.delivery_plan import DeliveryPlan, Waiting
from gatemeter.billing_systems.doubts import settled_doubts
from gatemeter.billing_systems.export import Export
from gatemeter.billing_systems.history import UsageHistory
from gatemeter.billing_systems.journal import Journal
from gatemeter.billing_systems.mapping_file import Mapping as SystemMapping
from gatemeter.billing_systems.planning import Planner
from gatemeter.billing_systems.reconciliation import Span, reconciled
from gatemeter.billing_systems.sending import OnProgress, batches, send
from gatemeter.billing_systems.taken_back import TakenBack
from gatemeter.billing_systems.unsent import Unsent
from gatemeter.clock import Clock

_READ_AT_ONCE = 20
"""Usages whose journal is read with one query: their ids are a part of its address."""


@dataclass(frozen=True, slots=True)
class ExportRun:
    """What an export needs; `period` is its name.

    `bases` say what each charge is told by. What only they take back is refused, unless `takes_back`.
    """

    system: BillingSystem
    mapping: SystemMapping
    period: str
    journal: Journal
    clock: Clock
    bases: Bases
    takes_back: bool = False

    def plan(self, usages: Iterable[Usage], histories: Iterable[UsageHistory] | None = None) -> DeliveryPlan:
        """What is to be sent, without what waits for an event in doubt; `histories` are those of the journal.

        Raises SettingsError for accounts, charges and quantities that cannot be told to the system, ConflictError for
        usage that was delivered to another customer or by another name, and as the journal does.
        """
        planner = Planner(self.system, self.mapping, self.period, self.clock.now(), TakenBack(self.bases))
        known = self.journal.histories() if histories is None else histories
        plan = DeliveryPlan.of(usages, known, planner)
        try:
            planner.refusals.refuse()
        except BaseException:
            plan.close()
            raise
        return plan

    def deliver(
        self,
        usages: Iterable[Usage],
        ask: Ask,
        export: Export,
        on_progress: OnProgress = lambda _: None,
        *,
        asks_doubts: bool = False,
    ) -> None:
        """Send what was in doubt, then what differs; `export` says what was done, also after an error.

        Usage that cannot be told to the system is refused before anything is sent, and so is taking back what only
        other files take back (ConflictError). With `asks_doubts`, what is too long in doubt to be sent again is settled
        by the system's own totals, where these leave no doubt.
        """
        with self.plan(usages) as plan:
            self._refuse_surprises(plan)
            again, doubtful = plan.resumed()
            if asks_doubts:
                doubtful = self._settled_by_totals(doubtful, plan.waiting, ask)
            _leave(doubtful, export)
            send(again, self.system, ask, self.journal, export, on_progress, resumes=True)
            self._replan(plan)
            _leave(plan.unsent, export)
            export.missing = +plan.planner.missing
            send(plan.deliveries, self.system, ask, self.journal, export, on_progress)

    def check(self, spans: Mapping[str, Span], ask: Ask, export: Export) -> None:
        """Ask the system what it has counted. Raises as `reconciled`."""
        export.totals = reconciled(self.journal.histories(), spans, self.system, self.mapping, ask)

    def _refuse_surprises(self, plan: DeliveryPlan) -> None:
        if not self.takes_back:
            plan.planner.taken_back.refuse()

    def _replan(self, plan: DeliveryPlan) -> None:
        """Plan what has waited, now that it is known what became of the events in doubt."""
        for waiting in batches(plan.waiting, _READ_AT_ONCE):
            histories = {each.key: each for each in self.journal.histories(list(_ids(waiting)))}
            for usage, history, _ in waiting:
                plan.add(plan.planner.replanned(usage, histories.get(history.key)))
        plan.planner.refusals.refuse()
        self._refuse_surprises(plan)

    def _settled_by_totals(self, doubtful: Sequence[Unsent], waiting: Sequence[Waiting], ask: Ask) -> list[Unsent]:
        """What stays in doubt; what is found lost is planned anew, as if it had been refused."""
        tried_at = {history.key: history.tried_at for _, history, _ in waiting}
        now = self.clock.now()
        found = settled_doubts(doubtful, tried_at, self.journal.histories(), self.system, self.mapping, ask, now)
        self._settle(found.arrived, Outcome(Result.DUPLICATE, "the total has it"))
        self._settle(found.lost, Outcome(Result.REFUSED, "the total does not have it"))
        return found.doubtful

    def _settle(self, deliveries: Sequence[Delivery], outcome: Outcome) -> None:
        self.journal.settle(deliveries, [outcome] * len(deliveries))


def _ids(waiting: Iterable[Waiting]) -> Iterator[str]:
    for _, history, row in waiting:
        yield from (each.delivery.id for each in (*history.delivered, row))


def _leave(unsent: Iterable[Unsent], export: Export) -> None:
    for each in unsent:
        export.leave(each)
