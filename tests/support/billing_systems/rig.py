"""One billing system, its fake, and exports between them that share a journal."""

from datetime import timedelta
from decimal import Decimal

from gatemeter.billing_systems.delivery import Usage
from gatemeter.billing_systems.export_run import Export, ExportRun
from gatemeter.billing_systems.mapping_file import Mapping
from gatemeter.billing_systems.reconciliation import Total
from gatemeter.clock import ManualClock
from tests.support.billing_systems.exported import (
    CUSTOMER,
    EVENT,
    NOW,
    SYSTEMS,
    RememberedJournal,
    in_process,
    mapping_for,
)

SPANS = {"acme": (NOW - timedelta(days=28), NOW.replace(minute=0) + timedelta(days=1))}


class Rig:
    """One system, its fake, and a journal that all runs share."""

    def __init__(self, name: str) -> None:
        made, fake = SYSTEMS[name]
        self.clock = ManualClock(NOW)
        self.system = made()
        self.mapping = mapping_for(name)
        self.fake = fake(self.clock, {CUSTOMER})
        self.journal = RememberedJournal(self.system, self.clock)
        self.progress: list[int] = []

    def export(self, *usages: Usage, mapping: Mapping | None = None, asks_doubts: bool = False) -> Export:
        export, self.journal.run = Export(), self.journal.run + "1"
        self._run(mapping).deliver(
            lambda: usages, in_process(self.fake), export, self._note_progress, asks_doubts=asks_doubts
        )
        return export

    def check(self) -> list[Total]:
        export = Export()
        self._run(None).check(SPANS, in_process(self.fake), export)
        assert export.totals is not None
        return export.totals

    @property
    def total(self) -> Decimal:
        return self.fake.total(CUSTOMER, EVENT)

    def _note_progress(self, arrived: int, _: int) -> None:
        self.progress.append(arrived)

    def _run(self, mapping: Mapping | None) -> ExportRun:
        return ExportRun(self.system, mapping or self.mapping, "2026-03", self.journal, self.clock)
