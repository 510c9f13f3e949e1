"""docs/monitoring.md names exactly the metrics that a worker has."""

import re

from gatemeter.monitoring.log_ends import LogEnds
from gatemeter.monitoring.metrics import OUTCOMES, WorkerMetrics
from gatemeter.monitoring.worker_state import WorkerState
from tests.support.fake_brokers import FakeBrokers, manual_clock
from tests.support.repository import ROOT

DOCUMENT = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")


def test_the_document_lists_exactly_the_metrics() -> None:
    clock = manual_clock()
    families = WorkerMetrics(WorkerState(clock), LogEnds(FakeBrokers(), clock), clock).collect()
    names = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}
    rows = re.findall(r"^\| `(gatemeter_\w+)", DOCUMENT, flags=re.MULTILINE)
    assert sorted(rows) == sorted(names)


def test_the_document_mentions_only_listed_metrics() -> None:
    rows = set(re.findall(r"^\| `(gatemeter_\w+)", DOCUMENT, flags=re.MULTILINE))
    assert {re.sub(r"_bucket$", "", name) for name in re.findall(r"gatemeter_\w+", DOCUMENT)} <= rows


def test_the_document_explains_every_outcome() -> None:
    assert [outcome for outcome in OUTCOMES if f"`{outcome}`" not in DOCUMENT] == []
