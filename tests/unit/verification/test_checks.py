"""Which findings of two readings are told."""

import pytest

from gatemeter.verification.checks import still_there
from gatemeter.verification.finding import CheckResult, Finding, Verification


def finding(check: str = "law", first_offset: int = 0, next_offset: int = 10, found: int = 1) -> Finding:
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
    return CheckResult("law", epochs=3, rows=3, differences=count, findings=list(findings))


@pytest.mark.parametrize(
    ("first", "second", "is_told"),
    [
        (finding(), finding(), True),
        (finding(), finding(next_offset=12, found=3), True),
        (finding(), finding(first_offset=10, next_offset=20), False),
        (finding("ahead"), finding("ahead"), True),
        (finding("ahead"), finding("ahead", next_offset=12), False),
        (finding("ranges"), finding("law"), False),
    ],
)
def test_what_the_second_reading_finds_again_is_told(first: Finding, second: Finding, *, is_told: bool) -> None:
    (check,) = still_there([result(first)], [result(second)])
    assert (check.differences, list(check.findings)) == ((1, [second]) if is_told else (0, []))


def test_what_the_second_reading_does_not_find_is_gone() -> None:
    assert still_there([result(finding())], [result()]) == [result()]


def test_more_findings_than_are_named_all_stay() -> None:
    many = result(finding(), differences=1001)
    assert still_there([result()], [many]) == [many]


def test_a_verification_holds_when_no_check_differs() -> None:
    clean, differing = result(), result(finding(), differences=7)
    assert Verification(1, 3, 9, [clean]).holds
    verification = Verification(1, 3, 9, [clean, differing])
    assert (verification.holds, verification.differences, verification.findings) == (False, 7, [finding()])
