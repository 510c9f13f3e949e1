"""The lines in which people read a verification."""

from dataclasses import replace

import pytest

from gatemeter.cli.verification_text import finding_line, verification_lines
from gatemeter.verification.cross_epoch_duplicates import CrossEpochDuplicatePair
from gatemeter.verification.finding import Check, CheckResult, Finding, Verification
from gatemeter.verification.uncounted_messages import UncountedMessages
from gatemeter.wire.event_location import EventLocation

FINDING = Finding(
    check=Check.HOURLY_REQUESTS,
    topic="access",
    log="id-1",
    partition=2,
    first_offset=1024,
    next_offset=2048,
    table="api_usage_hourly",
    expected=5000,
    found=4999,
    detail="requests do not add up to what the ledger counted",
)


def verification(*findings: Finding, differences: int | None = None, epochs: int = 3) -> Verification:
    count = len(findings) if differences is None else differences
    checks = [
        CheckResult(Check.EVENT_ACCOUNTING, epochs, epochs, 0, []),
        CheckResult(Check.HOURLY_REQUESTS, epochs, 1234, count, findings),
    ]
    return Verification(1, epochs, 5000, checks, notes=["a note"], unchecked=["a gap"])


def test_a_verification_is_a_line_per_check_and_a_conclusion() -> None:
    lines = verification_lines(verification(FINDING))
    assert [line.split()[0] for line in lines[:2]] == ["law", "requests"]
    assert (lines[0].endswith("agree"), lines[1].endswith("1 DIFFER")) == (True, True)
    assert lines[2:5] == [finding_line(FINDING), "note: a note", "not checked: a gap"]
    assert lines[-1].startswith("1 difference; what each means")


def test_a_finding_says_where_and_what() -> None:
    assert finding_line(FINDING) == (
        "requests: access[2] offsets 1024 to 2048 of log id-1, api_usage_hourly: "
        "expected 5,000, found 4,999: requests do not add up to what the ledger counted"
    )
    nowhere = FINDING.model_copy(update={"topic": "", "expected": None, "found": None, "detail": "\x1b[31m"})
    assert finding_line(nowhere) == (
        "requests: partition 2 offsets 1024 to 2048 of log id-1, api_usage_hourly: \\x1b[31m"
    )


@pytest.mark.parametrize(
    ("named", "differences", "more"), [(50, 50, []), (60, 60, ["and 10 more"]), (60, 90, ["and 40 more"])]
)
def test_of_many_findings_the_first_fifty_are_shown(named: int, differences: int, more: list[str]) -> None:
    lines = verification_lines(verification(*[FINDING] * named, differences=differences))
    assert lines.count(finding_line(FINDING)) == 50
    assert [line for line in lines if line.startswith("and ")] == more


@pytest.mark.parametrize(
    ("epochs", "conclusion"),
    [
        (3, "verified: 5,000 events in 3 epochs of 1 log agree"),
        (1, "verified: 5,000 events in 1 epoch of 1 log agree"),
        (0, "nothing is counted here"),
    ],
)
def test_the_last_line_of_what_agrees(epochs: int, conclusion: str) -> None:
    assert verification_lines(verification(epochs=epochs))[-1] == conclusion


PAIR = CrossEpochDuplicatePair(
    "two.log", "b", "one.log", "a", 4321, [(EventLocation("b", 0, 7, 8, 0), EventLocation("a", 0, 9, 10, 0))]
)


def test_cross_epoch_duplicates_are_a_line_per_pair_of_logs() -> None:
    copy = FINDING.model_copy(update={"check": Check.CROSS_EPOCH_DUPLICATES})
    copies = CheckResult(Check.CROSS_EPOCH_DUPLICATES, 3, 5000, 4321, [copy] * 60, [PAIR])
    only_copies = replace(verification(), checks=[copies])
    lines = verification_lines(only_copies)
    assert lines[0].split() == ["far_duplicates", "3", "epochs", "5,000", "rows", "4,321", "DIFFER"]
    assert lines[1] == (
        "far_duplicates: 4,321 events of two.log (log b) counted already in one.log (log a): "
        "b:0:7:8:0 (first at a:0:9:10:0)"
    )
    assert lines[2].startswith("note: ")
    assert lines[-1] == "4,321 differences; gatemeter correct retracts events that were counted twice"
    both = verification_lines(replace(only_copies, checks=[*verification(FINDING).checks, copies]))
    assert both.count(finding_line(FINDING)) == 1
    assert both[-1].endswith("counted twice; what each means and what to do: docs/verification.md")


def test_reconciling_no_epoch_verifies_nothing() -> None:
    again = replace(verification(), checks=[*verification().checks, CheckResult(Check.LOG_RECONCILIATION, 0, 0, 0, [])])
    assert verification_lines(again)[-1].startswith("not verified: the log says nothing of 5,000 events")
    assert (again.holds, again.is_proven) == (True, False)
    again = replace(again, checks=[CheckResult(Check.LOG_RECONCILIATION, 3, 9, 0, [])])
    assert verification_lines(again)[-1].startswith("verified: ")
    assert again.is_proven


def test_epochs_that_no_log_was_read_for_are_not_said_verified() -> None:
    partly = replace(verification(), checks=[CheckResult(Check.LOG_RECONCILIATION, 1, 9, 0, [])])
    assert verification_lines(partly)[-1].startswith(
        "verified, 1 of 3 epochs against the log: 5,000 events in 3 epochs"
    )


def test_what_is_uncertain_is_named_and_not_verified() -> None:
    uncertain = replace(verification(), unproven=["access: 7 messages have no key"])
    assert "not proven: access: 7 messages have no key" in verification_lines(uncertain)
    assert verification_lines(uncertain)[-1].startswith("not verified: the tables of 5,000 events in 3 epochs of 1 log")
    assert (uncertain.holds, uncertain.is_proven) == (True, False)


def test_messages_that_wait_are_named_beside_what_agrees() -> None:
    waiting = UncountedMessages("access", "id-1", 2, 70, 75, 5, 1_770_000_000_000)
    lines = verification_lines(replace(verification(), not_counted=[waiting]))
    assert "not counted yet: access[2]: 5 messages at offsets 70 to 74, since 2026-02-02T02:40:00Z" in lines
    assert lines[-1] == ("verified: 5,000 events in 3 epochs of 1 log agree; 5 messages of the log are not counted yet")


def test_corrections_and_replays_are_named_beside_epochs() -> None:
    more = replace(verification(epochs=1), corrections=2, replays=1)
    assert verification_lines(more)[-1] == (
        "verified: 5,000 events in 1 epoch of 1 log and 1 replayed event and 2 corrections agree"
    )
