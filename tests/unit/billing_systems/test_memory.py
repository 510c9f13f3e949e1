"""An export takes the same memory however many events it sends: what grows with them is on disk."""

import gc
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from gatemeter.billing_systems.billing_system import Answer
from gatemeter.billing_systems.delivery import Delivery, Outcome, Usage
from gatemeter.billing_systems.export import Export
from gatemeter.billing_systems.export_run import ExportRun
from gatemeter.billing_systems.history import JournalRow, State, UsageHistory
from gatemeter.billing_systems.manifest import manifest
from gatemeter.billing_systems.systems.metronome import Metronome
from gatemeter.clock import ManualClock
from tests.support.billing_systems.exported import BASES, CUSTOMER, EVENT, MAPPING, NOW

FEW, MANY = 300, 600
MOST_BYTES_AN_EVENT = 50
"""An event of the plan took 660 when it was in memory. The few are more than are sent at once."""


class ForgetfulJournal:
    """Remembers nothing; once all is sent it has `delivered` of the usages."""

    delivered = 0

    def histories(self, ids: Sequence[str] = ()) -> Iterator[UsageHistory]:
        """In no order, for the manifest alone."""
        for each in used(self.delivered):
            event = Delivery(each.key, 0, "2026-03", "acme", "acme", "requests", CUSTOMER, EVENT, NOW, Decimal(1))
            yield UsageHistory([JournalRow(event, "0" * 64, State.DELIVERED, "", "1", NOW)])

    def begin(self, deliveries: Sequence[Delivery], *, resumes: bool) -> None:
        """Forget them."""

    def withdraw(self, deliveries: Sequence[Delivery]) -> None:
        """Forget them."""

    def settle(self, deliveries: Sequence[Delivery], outcomes: Sequence[Outcome]) -> None:
        """Forget them."""
        self.delivered += len(deliveries)


def used(count: int) -> Iterator[Usage]:
    """A third of it is of the hour that is not over."""
    for number in range(count):
        start = NOW.replace(minute=0) - timedelta(hours=number % 600 if number % 3 else 0)
        end = start + timedelta(hours=1)
        yield Usage(f"usage {number}", "acme", f"consumer {number}", "requests", start, end, Decimal(number + 1))


def exported(count: int) -> tuple[int, int]:
    """Send two thirds of `count` events; how many arrived, and the peak of memory in bytes."""
    clock, journal, system = ManualClock(NOW), ForgetfulJournal(), Metronome()
    run = ExportRun(system, MAPPING, "2026-03", journal, clock, BASES)
    gc.collect()
    tracemalloc.start()
    with Export() as export:
        run.deliver(used(count), lambda _: Answer(200), export)
        for _ in manifest(system, "https://api", "2026-03", journal.histories(), export):
            pass
        arrived = export.arrived
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return arrived, peak


def test_more_events_take_no_more_memory() -> None:
    exported(FEW)  # what is loaded once
    (few, few_bytes), (many, many_bytes) = exported(FEW), exported(MANY)
    assert (few, many) == (FEW * 2 // 3, MANY * 2 // 3)
    assert many_bytes - few_bytes < (MANY - FEW) * MOST_BYTES_AN_EVENT
