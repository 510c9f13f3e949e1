"""Whatever fails in between, and however usage changes, a billing system ends up with each usage once."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatemeter.billing_systems.billing_system import Answer, Request
from gatemeter.billing_systems.delivery import Delivery, Outcome, Usage
from gatemeter.billing_systems.export import Export
from gatemeter.billing_systems.export_run import ExportRun
from gatemeter.clock import ManualClock
from gatemeter.errors import DeliveryError
from tests.support.billing_systems.exported import (
    BASES,
    CUSTOMER,
    EVENT,
    NOW,
    SYSTEMS,
    RememberedJournal,
    in_process,
    mapping_for,
    usage,
)
from tests.support.billing_systems.fake_system import FakeSystem, Fault
from tests.support.smoke import smoke

NO_EVENT_NAMED = ("metronome", "stripe stream")
"""Their answers say the same about a page of somebody else as about events."""


class Kill(BaseException):
    """The process is gone."""


@dataclass
class MortalJournal(RememberedJournal):
    """Dies before or behind the write with one of the numbers in `deaths`."""

    deaths: set[int] = field(default_factory=set)
    steps: int = 0

    def step(self) -> None:
        """One place to die at."""
        self.steps += 1
        if self.steps in self.deaths:
            raise Kill

    def begin(self, deliveries: Sequence[Delivery], *, resumes: bool) -> None:
        self.step()
        super().begin(deliveries, resumes=resumes)
        self.step()

    def settle(self, deliveries: Sequence[Delivery], outcomes: Sequence[Outcome]) -> None:
        self.step()
        super().settle(deliveries, outcomes)
        self.step()


ORDERED = sorted(SYSTEMS, key=lambda name: name not in ("stripe", "lago"))
QUANTITIES = st.lists(st.integers(0, 3), min_size=4, max_size=4)


@pytest.mark.parametrize("name", smoke(ORDERED, 2, reason="the same for each system"))
@settings(deadline=None)
@given(st.data())
def test_each_usage_is_counted_once_after_any_failures(name: str, data: st.DataObject) -> None:
    made, fake_type = SYSTEMS[name]
    clock, system = ManualClock(NOW), made()
    fake = fake_type(clock, {CUSTOMER})
    journal = MortalJournal(system, clock, deaths=data.draw(st.sets(st.integers(1, 30))))
    faults = [each for each in Fault if each is not Fault.LIE or name not in NO_EVENT_NAMED]
    run = ExportRun(system, mapping_for(name), "2026-03", journal, clock, BASES)
    runs = data.draw(
        st.lists(st.tuples(QUANTITIES, st.lists(st.sampled_from([None, *faults]), max_size=4)), max_size=5)
    )
    for number, (quantities, drawn) in enumerate(runs):
        fake.faults = deque(drawn)
        journal.run = str(number)
        attempt(run, quantities, fake)
    fake.faults.clear()
    journal.deaths.clear()
    last = runs[-1][0] if runs else [1]
    journal.run = "last"
    assert attempt(run, last, fake)
    assert fake.total(CUSTOMER, EVENT) == sum(last)
    by_hour = {each.start: each.quantity for each in usages(last)}
    for start, quantity in by_hour.items():
        assert sum((each.value for each in fake.events if each.at == start), Decimal(0)) == quantity
    assert len({each.id for each in fake.events}) == len(fake.events)


def usages(quantities: Sequence[int]) -> list[Usage]:
    """An hour each; an hour of 0 has no row."""
    return [usage(hours, quantity) for hours, quantity in enumerate(quantities, 1) if quantity]


def attempt(run: ExportRun, quantities: Sequence[int], fake: FakeSystem) -> bool:
    """Whether the run ended well."""
    ask: Callable[[Request], Answer] = in_process(fake)
    try:
        with Export() as export:
            run.deliver(usages(quantities), ask, export)
    except (Kill, DeliveryError):
        return False
    return True
