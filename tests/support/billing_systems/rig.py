"""One billing system, its fake, and exports between them that share a journal."""

import json
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from gatemeter.billing_systems.basis import Bases
from gatemeter.billing_systems.delivery import Delivery, Usage
from gatemeter.billing_systems.export import Export
from gatemeter.billing_systems.export_run import ExportRun
from gatemeter.billing_systems.history import State
from gatemeter.billing_systems.manifest import manifest
from gatemeter.billing_systems.mapping_file import Mapping
from gatemeter.billing_systems.reconciliation import Total
from gatemeter.billing_systems.unsent import Unsent
from gatemeter.clock import ManualClock
from tests.support.billing_systems.exported import (
    BASES,
    CUSTOMER,
    EVENT,
    NOW,
    SYSTEMS,
    RememberedJournal,
    in_process,
    mapping_for,
)

SPANS = {"acme": (NOW - timedelta(days=28), NOW.replace(minute=0) + timedelta(days=1))}


@dataclass(frozen=True)
class Ran:
    """What a run has done: `delivered` are the events that arrived, in the order in which they were sent."""

    delivered: list[Delivery]
    unsent: list[Unsent]
    missing: MappingOf[tuple[str, str], int]
    manifest: dict[str, Any]


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

    def export(
        self,
        *usages: Usage,
        mapping: Mapping | None = None,
        asks_doubts: bool = False,
        bases: Bases | None = None,
        takes_back: bool = False,
    ) -> Ran:
        self.journal.run += "1"
        already = len(self.journal.rows)
        run = self._run(mapping, bases, takes_back)
        with Export() as export:
            run.deliver(usages, in_process(self.fake), export, self.progress.append, asks_doubts=asks_doubts)
            pieces = manifest(self.system, "https://api", "2026-03", self.journal.histories(), export)
            text = b"".join(pieces)
            told = json.loads(text)
            assert text == msgspec.json.format(msgspec.json.encode(told)) + b"\n"
            rows = [each for each in self.journal.rows[already:] if each.state is State.DELIVERED]
            return Ran([each.delivery for each in rows], list(export.unsent), export.missing, told)

    def check(self) -> list[Total]:
        with Export() as export:
            self._run(None).check(SPANS, in_process(self.fake), export)
            assert export.totals is not None
            return export.totals

    @property
    def total(self) -> Decimal:
        return self.fake.total(CUSTOMER, EVENT)

    def _run(self, mapping: Mapping | None, bases: Bases | None = None, takes_back: bool = False) -> ExportRun:
        told_by = BASES if bases is None else bases
        return ExportRun(
            self.system, mapping or self.mapping, "2026-03", self.journal, self.clock, told_by, takes_back=takes_back
        )
