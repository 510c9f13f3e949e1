"""What is looked at a second time, and which findings of two looks are kept."""

import pytest

from gatemeter.verification.finding import Check, CheckResult, Finding, Verification
from gatemeter.verification.second_look import PAUSE_S, Look, keep_repeated, looked_twice


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
        (finding(Check.SEALS), finding(Check.SEALS), True),
        # New messages move the bounds of offsets that are in no epoch.
        (finding(Check.LOG_COMPLETENESS, first_offset=4), finding(Check.LOG_COMPLETENESS, first_offset=7), True),
    ],
)
def test_a_finding_of_both_runs_of_the_checks_is_kept(first: Finding, second: Finding, *, is_kept: bool) -> None:
    (check,) = keep_repeated([result(first)], [result(second)])
    assert (check.differences, list(check.findings)) == ((1, [second]) if is_kept else (0, []))


def test_a_finding_of_the_first_run_alone_is_dropped() -> None:
    assert keep_repeated([result(finding())], [result()]) == [result()]


def test_a_check_with_unnamed_findings_stays_as_it_is() -> None:
    many = result(finding(), differences=1001)
    assert keep_repeated([result(finding(first_offset=50))], [many]) == [many]
    assert keep_repeated([result()], [many]) == [result()]


def test_a_finding_that_the_first_look_did_not_name_is_kept() -> None:
    flushing = result(*(finding(first_offset=number) for number in range(1000)), differences=1001)
    left = result(finding(first_offset=5000))
    assert keep_repeated([flushing], [left]) == [left]


class Looks:
    """Takes one look after another; the pauses so far are in `pauses_s`."""

    def __init__(self, *looks: Look) -> None:
        self.left = list(looks)
        self.pauses_s: list[float] = []

    def __call__(self) -> Look:
        return self.left.pop(0)

    def pause(self, seconds: float) -> None:
        self.pauses_s.append(seconds)


def test_a_clean_look_is_the_only_one() -> None:
    looks = Looks(Look([result()], ["said"]))
    assert looked_twice([looks], looks.pause) == [Look([result()], ["said"])]
    assert looks.pauses_s == []


def test_what_found_something_is_looked_at_again_after_one_pause() -> None:
    clean, differing = Look([result()]), Look([result(finding())], ["first"])
    looks = Looks(clean, differing, differing, Look([result()], ["second"]), Look([result(finding())]))
    assert looked_twice([looks, looks, looks], looks.pause) == [
        clean,
        Look([result()], ["second"]),
        Look([result(finding())]),
    ]
    assert looks.pauses_s == [PAUSE_S]


def test_what_only_the_second_look_shows_is_dropped() -> None:
    looks = Looks(Look([result(finding())]), Look([result(finding(first_offset=10))]))
    assert looked_twice([looks], looks.pause) == [Look([result()])]


def test_a_verification_holds_when_no_check_differs() -> None:
    clean, differing = result(), result(finding(), differences=7)
    assert Verification(1, 3, 9, [clean]).holds
    verification = Verification(1, 3, 9, [clean, differing])
    assert (verification.holds, verification.differences, verification.findings) == (False, 7, [finding()])
