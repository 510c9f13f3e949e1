"""What a run has done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from gatemeter.billing_systems.delivery import Delivery, Outcome, Result
from gatemeter.billing_systems.delivery_plan import by_time
from gatemeter.billing_systems.reconciliation import Total
from gatemeter.billing_systems.spool import Spool
from gatemeter.billing_systems.unsent import Unsent, Why


@dataclass
class Export:
    """How many events the system has taken, had already, and that of them which change earlier ones; and what it has
    not, in order of time.

    `missing` is that of the plan, `totals` None where the system was not asked.
    """

    delivered: int = 0
    duplicates: int = 0
    adjustments: int = 0
    unsent: Spool[Unsent] = field(default_factory=lambda: Spool(Unsent))
    missing: Mapping[tuple[str, str], int] = field(default_factory=dict)
    totals: list[Total] | None = None

    @property
    def arrived(self) -> int:
        """How many the system has; what it refused is not among them."""
        return self.delivered + self.duplicates

    def answered(self, deliveries: Sequence[Delivery], outcomes: Sequence[Outcome]) -> None:
        """Count the answers about `deliveries`."""
        for delivery, outcome in zip(deliveries, outcomes, strict=True):
            match outcome.result:
                case Result.DELIVERED:
                    self.delivered += 1
                    self.adjustments += delivery.part > 0
                case Result.DUPLICATE:
                    self.duplicates += 1
                    self.adjustments += delivery.part > 0
                case Result.REFUSED:
                    self.leave(Unsent(delivery, Why.REFUSED, outcome.reason))

    def leave(self, unsent: Unsent) -> None:
        """Keep what was not sent, and why."""
        self.unsent.add(by_time(unsent.delivery), unsent)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.unsent.close()
