"""What a reconciliation keeps of many differences."""

from gatemeter.verification.comparison_tally import ComparisonTally
from gatemeter.verification.finding import FINDINGS_PER_CHECK, Check, Finding

FINDING = Finding(
    check=Check.LOG_RECONCILIATION,
    topic="access",
    log="id-1",
    partition=0,
    first_offset=0,
    next_offset=10,
    table="api_usage_hourly",
    expected=None,
    found=None,
    detail="differs",
)


def test_all_differences_are_counted_and_the_first_named() -> None:
    tally = ComparisonTally(epochs=3, rows=7)
    for _ in range(FINDINGS_PER_CHECK + 1):
        tally.count(FINDING)
    result = tally.result()
    assert (result.check, result.epochs, result.rows) == ("recount", 3, 7)
    assert (result.differences, len(result.findings)) == (1001, 1000)
