"""What people and programs are told of a verification."""

import pytest

from gatemeter.deploy.verification_text import finding_line, verification_lines, verification_record
from gatemeter.queries.verification_finding import CheckResult, Finding, Verification

FINDING = Finding(
    check="requests",
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
    checks = [CheckResult("law", epochs, epochs, 0, []), CheckResult("requests", epochs, 1234, count, findings)]
    return Verification(1, epochs, 5000, checks, notes=["a note"], unchecked=["a gap"])


def test_the_shape_for_programs() -> None:
    assert verification_record(verification(FINDING)) == {
        "holds": False,
        "logs": 1,
        "epochs": 3,
        "events": 5000,
        "differences": 1,
        "checks": [
            {"check": "law", "looked_at": {"epochs": 3, "rows": 3}, "findings": 0},
            {"check": "requests", "looked_at": {"epochs": 3, "rows": 1234}, "findings": 1},
        ],
        "findings": [
            {
                "check": "requests",
                "topic": "access",
                "log": "id-1",
                "partition": 2,
                "first_offset": 1024,
                "next_offset": 2048,
                "table": "api_usage_hourly",
                "expected": 5000,
                "found": 4999,
                "detail": "requests do not add up to what the ledger counted",
            }
        ],
        "notes": ["a note"],
        "unchecked": ["a gap"],
    }


def test_people_get_a_line_per_check_and_the_verdict_last() -> None:
    lines = verification_lines(verification(FINDING))
    assert [line.split()[0] for line in lines[:2]] == ["law", "requests"]
    assert (lines[0].endswith("agree"), lines[1].endswith("1 DIFFER")) == (True, True)
    assert lines[2:5] == [finding_line(FINDING), "note: a note", "not checked: a gap"]
    assert lines[-1].startswith("1 differences; ")


def test_a_finding_says_where_and_what() -> None:
    assert finding_line(FINDING) == (
        "requests: access[2] offsets 1024 to 2048 of log id-1, api_usage_hourly: "
        "expected 5,000, found 4,999: requests do not add up to what the ledger counted"
    )
    nowhere = FINDING.model_copy(update={"topic": "", "expected": None, "found": None, "detail": "\x1b[31m"})
    assert finding_line(nowhere) == (
        "requests: partition 2 offsets 1024 to 2048 of log id-1, api_usage_hourly: \N{REPLACEMENT CHARACTER}[31m"
    )


@pytest.mark.parametrize(
    ("named", "differences", "more"), [(50, 50, []), (60, 60, ["and 10 more"]), (60, 90, ["and 40 more"])]
)
def test_of_many_findings_the_first_fifty_are_shown(named: int, differences: int, more: list[str]) -> None:
    lines = verification_lines(verification(*[FINDING] * named, differences=differences))
    assert lines.count(finding_line(FINDING)) == 50
    assert [line for line in lines if line.startswith("and ")] == more


@pytest.mark.parametrize(
    ("epochs", "verdict"),
    [(3, "verified: 5,000 events in 3 epochs of 1 logs agree"), (0, "nothing is counted here")],
)
def test_the_last_line_of_what_agrees(epochs: int, verdict: str) -> None:
    assert verification_lines(verification(epochs=epochs))[-1] == verdict
