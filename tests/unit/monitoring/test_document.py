"""docs/monitoring.md names every metric there is, and none that there is not."""

import re

from gatemeter.monitoring.log_ends import LogEnds
from gatemeter.monitoring.metrics import OUTCOMES, WorkerMetrics
from gatemeter.monitoring.worker_state import WorkerState
from tests.support.fake_brokers import FakeBrokers, manual_clock
from tests.support.repository import ROOT

DOCUMENT = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")


def test_every_metric_is_in_the_document_and_no_other() -> None:
    clock = manual_clock()
    families = WorkerMetrics(WorkerState(clock), LogEnds(FakeBrokers(), clock), clock).collect()
    names = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}
    rows = re.findall(r"^\| `(gatemeter_\w+)", DOCUMENT, flags=re.MULTILINE)
    assert sorted(rows) == sorted(names)


def test_every_metric_spoken_of_elsewhere_in_the_document_is_one_of_them() -> None:
    rows = set(re.findall(r"^\| `(gatemeter_\w+)", DOCUMENT, flags=re.MULTILINE))
    assert {re.sub(r"_bucket$", "", name) for name in re.findall(r"gatemeter_\w+", DOCUMENT)} <= rows


def test_every_outcome_is_explained() -> None:
    assert [outcome for outcome in OUTCOMES if f"`{outcome}`" not in DOCUMENT] == []
