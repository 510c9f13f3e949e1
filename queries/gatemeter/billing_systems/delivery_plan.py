"""The plan of one period on disk: it takes the same memory however much there is to send."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from gatemeter.billing_systems.delivery import Delivery, Usage, usage_id
from gatemeter.billing_systems.history import JournalRow, UsageHistory
from gatemeter.billing_systems.planning import Planner, paired
from gatemeter.billing_systems.spool import Spool
from gatemeter.billing_systems.unsent import Unsent, Why, too_late


class Waiting(NamedTuple):
    """A usage with an event in doubt, `open`."""

    usage: Usage | None
    history: UsageHistory
    open: JournalRow


@dataclass
class DeliveryPlan:
    """What is sent, what is not, and what waits for an answer to an event in doubt.

    `deliveries` and `unsent` come in order of time. Of events in doubt each run leaves one request of a broken system,
    or 100 where it was killed: `waiting` is in memory.
    """

    planner: Planner
    deliveries: Spool[Delivery] = field(default_factory=lambda: Spool(Delivery))
    unsent: Spool[Unsent] = field(default_factory=lambda: Spool(Unsent))
    waiting: list[Waiting] = field(default_factory=list)

    @classmethod
    def of(cls, usages: Iterable[Usage], histories: Iterable[UsageHistory], planner: Planner) -> "DeliveryPlan":
        """Plan everything. `usages` are read to their end, in any order, before the first of `histories` is."""
        with ExitStack() as failed, Spool(Usage) as sorted_usages:
            plan = failed.enter_context(cls(planner))
            for each in usages:
                sorted_usages.add(usage_id(each.key), each)
            for usage, history in paired(sorted_usages, histories):
                plan.add(planner.planned(usage, history))
                if history is not None and history.open is not None:
                    plan.waiting.append(Waiting(usage, history, history.open))
            failed.pop_all()
        return plan

    def add(self, planned: Delivery | Unsent | None) -> None:
        """Keep what was planned for one usage."""
        match planned:
            case Delivery():
                self.deliveries.add(by_time(planned), planned)
            case Unsent(delivery):
                self.unsent.add(by_time(delivery), planned)

    def resumed(self) -> tuple[list[Delivery], list[Unsent]]:
        """What was sent without an answer: what is sent again, as it was then, and what cannot be."""
        again: list[Delivery] = []
        doubtful: list[Unsent] = []
        for _, _, row in self.waiting:
            if reason := too_late(row, self.planner.system, self.planner.now):
                sent = f"sent at {row.at:%Y-%m-%dT%H:%MZ} without an answer, {reason}"
                doubtful.append(Unsent(row.delivery, Why.DOUBTFUL, sent))
            else:
                again.append(row.delivery)
        return again, doubtful

    def close(self) -> None:
        """Forget it; idempotent."""
        self.deliveries.close()
        self.unsent.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def by_time(delivery: Delivery) -> str:
    """A key that sorts by time, then by id."""
    return f"{int(delivery.occurred_at.timestamp()):012d} {delivery.id}"
