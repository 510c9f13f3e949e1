"""What has to be sent, from what was used and what was delivered before: one usage at a time. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from heapq import merge
from itertools import groupby
from operator import itemgetter

from gatemeter.billing.rating import difference, product
from gatemeter.billing_systems.billing_system import BillingSystem
from gatemeter.billing_systems.delivery import Delivery, Usage, shortest, usage_id
from gatemeter.billing_systems.history import UsageHistory
from gatemeter.billing_systems.mapping_file import Mapping
from gatemeter.billing_systems.refusals import Refusals
from gatemeter.billing_systems.taken_back import TakenBack
from gatemeter.billing_systems.unsent import Unsent, unfit, why_not_now

Pair = tuple[Usage | None, UsageHistory | None]
"""A usage and what was delivered of it; one of them may be missing."""
_Keyed = tuple[str, Usage | None, UsageHistory | None]


def paired(usages: Iterable[Usage], histories: Iterable[UsageHistory]) -> Iterator[Pair]:
    """Each usage with its history, and histories of usage that is gone. Both come in the order of `usage_id`."""
    of_usages: Iterator[_Keyed] = ((usage_id(each.key), each, None) for each in usages)
    of_histories: Iterator[_Keyed] = ((usage_id(each.key), None, each) for each in histories)
    for _, group in groupby(merge(of_usages, of_histories, key=itemgetter(0)), key=itemgetter(0)):
        found = list(group)
        used = [usage for _, usage, _ in found if usage is not None]
        delivered = [history for _, _, history in found if history is not None]
        if len(used) > 1:
            raise RuntimeError(f"there is usage twice with the key {used[0].key}")
        yield next(iter(used), None), next(iter(delivered), None)


@dataclass(slots=True)
class Planner:
    """Plans the deliveries of one period, and remembers facts that do not grow with usage.

    `unchanged` usages were delivered as they are. `missing` has by account and charge how many events are in no
    quantity, and so in no delivery.
    """

    system: BillingSystem
    mapping: Mapping
    period: str
    now: datetime
    taken_back: TakenBack
    unchanged: int = 0
    missing: Counter[tuple[str, str]] = field(default_factory=Counter)
    refusals: Refusals = field(default_factory=Refusals)

    def planned(self, usage: Usage | None, history: UsageHistory | None) -> Delivery | Unsent | None:
        """What brings the system from what it has to the usage; usage that is gone is taken back.

        None for usage that is delivered as it is, that is not known, and that has an event in doubt: what follows such
        an event is known once it is settled, and must be possible however that ends.
        """
        if usage is not None and not self.mapping.skips(usage.account, usage.charge):
            self.missing[usage.account, usage.charge] += usage.missing
        if history is not None:
            self.taken_back.know(history)
        target = self._target(usage, history)
        if target is None or history is None or history.open is None:
            return self._counted(target, history)
        doubtful = history.open.delivery
        if history.delivered or (doubtful.customer, doubtful.event_name) == (target[0].customer, target[0].event_name):
            self._adjustment(target, UsageHistory([*history.delivered, history.open]))
        return None

    def replanned(self, usage: Usage | None, history: UsageHistory | None) -> Delivery | Unsent | None:
        """As `planned`, of usage whose event in doubt is settled, or stays in doubt."""
        if history is not None and history.open is not None:
            return None
        return self._counted(self._target(usage, history), history)

    def _counted(
        self, wanted: tuple[Delivery, datetime] | None, history: UsageHistory | None
    ) -> Delivery | Unsent | None:
        if wanted is None:
            return None
        found = self._adjustment(wanted, history)
        self.unchanged += found is None and history is not None
        return found

    def _target(self, usage: Usage | None, history: UsageHistory | None) -> tuple[Delivery, datetime] | None:
        """All of the usage as one delivery, and when it ends; None where there is nothing to tell."""
        if usage is not None:
            return self._of_usage(usage)
        if history is None:
            return None
        was = history.any_row.delivery
        if self.mapping.skips(was.account, was.charge):
            return None
        basis = self.taken_back.bases.get((was.account, was.charge), "")
        return replace(was, quantity=Decimal(0), basis=basis), was.occurred_at

    def _of_usage(self, usage: Usage) -> tuple[Delivery, datetime] | None:
        if self.mapping.skips(usage.account, usage.charge) or usage.quantity is None:
            return None
        customer = self.mapping.customer(usage.account, usage.consumer)
        charge = self.mapping.charges.get(usage.charge)
        if customer is None or charge is None:
            self.refusals.unmapped(usage, has_customer=customer is not None, has_name=charge is not None)
            return None
        delivery = Delivery(
            usage_key=usage.key,
            part=0,
            period=self.period,
            account=usage.account,
            consumer=usage.consumer,
            charge=usage.charge,
            customer=customer,
            event_name=charge.event_name,
            occurred_at=usage.start,
            quantity=product(usage.quantity, charge.factor),
            basis=self.taken_back.bases.get((usage.account, usage.charge), ""),
        )
        return delivery, usage.end

    def _adjustment(self, wanted: tuple[Delivery, datetime], history: UsageHistory | None) -> Delivery | Unsent | None:
        target, end = wanted
        if history is not None and history.delivered:
            was = history.delivered[0].delivery
            if (was.customer, was.event_name) != (target.customer, target.event_name):
                self.refusals.moved(was, target)
                return None
        left = shortest(difference(target.quantity, history.quantity if history else Decimal(0)))
        if not left:
            return None
        delivery = replace(target, part=history.next_part if history else 0, quantity=left)
        if reason := unfit(left) or self.system.unfit(delivery):
            self.refusals.unfit(delivery, reason)
            return None
        if (why := why_not_now(delivery, end, self.system, self.now)) is not None:
            return Unsent(delivery, why)
        if delivery.part:
            self.taken_back.add(delivery)
        return delivery
