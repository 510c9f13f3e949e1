"""Which findings of two runs of the checks are kept."""

import pytest

from gatemeter.verification.checks import keep_repeated
from gatemeter.verification.finding import Check, CheckResult, Finding, Verification


def finding(
    check: Check = Check.EVENT_ACCOUNTING, first_offset: int = 0, next_offset: int = 10, found: int = 1
) -> Finding:
    return Finding(
        check=check,
        topic="access",
        log="id-1",
        partition=0,
        first_offset=first_offset,
        next_offset=next_offset,
        table="epoch_ledger",
        expected=2,
        found=found,
        detail="differs",
    )


def result(*findings: Finding, differences: int | None = None) -> CheckResult:
    count = len(findings) if differences is None else differences
    return CheckResult(Check.EVENT_ACCOUNTING, epochs=3, rows=3, differences=count, findings=list(findings))


@pytest.mark.parametrize(
    ("first", "second", "is_kept"),
    [
        (finding(), finding(), True),
        (finding(), finding(next_offset=12, found=3), True),
        (finding(), finding(first_offset=10, next_offset=20), False),
        (finding(Check.ROWS_AHEAD), finding(Check.ROWS_AHEAD), True),
        (finding(Check.ROWS_AHEAD), finding(Check.ROWS_AHEAD, next_offset=12), False),
        (finding(Check.OFFSET_RANGES), finding(Check.EVENT_ACCOUNTING), False),
    ],
)
def test_a_finding_of_both_runs_of_the_checks_is_kept(first: Finding, second: Finding, *, is_kept: bool) -> None:
    (check,) = keep_repeated([result(first)], [result(second)])
    assert (check.differences, list(check.findings)) == ((1, [second]) if is_kept else (0, []))


def test_a_finding_of_the_first_run_alone_is_dropped() -> None:
    assert keep_repeated([result(finding())], [result()]) == [result()]


def test_a_check_with_unnamed_findings_stays_as_it_is() -> None:
    many = result(finding(), differences=1001)
    assert keep_repeated([result()], [many]) == [many]


def test_a_verification_holds_when_no_check_differs() -> None:
    clean, differing = result(), result(finding(), differences=7)
    assert Verification(1, 3, 9, [clean]).holds
    verification = Verification(1, 3, 9, [clean, differing])
    assert (verification.holds, verification.differences, verification.findings) == (False, 7, [finding()])
