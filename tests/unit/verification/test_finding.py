"""A verification as programs read it."""

import json

from gatemeter.verification.finding import Check, CheckResult, Finding, Verification

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


def test_a_verification_is_one_json_object() -> None:
    checks = [
        CheckResult(Check.EVENT_ACCOUNTING, 3, 3, 0, []),
        CheckResult(Check.HOURLY_REQUESTS, 3, 1234, 1, [FINDING]),
    ]
    verification = Verification(1, 3, 5000, checks, notes=["a note"], unchecked=["a gap"])
    assert verification.record() == {
        "holds": False,
        "proven": False,
        "logs": 1,
        "epochs": 3,
        "events": 5000,
        "replays": 0,
        "corrections": 0,
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
        "identities": [],
        "unchecked": ["a gap"],
        "unproven": [],
        "not_counted": [],
    }


def test_the_names_of_checks_are_plain_texts_in_json() -> None:
    assert json.loads(json.dumps(FINDING.model_dump()))["check"] == "requests"


def test_the_query_of_a_check_is_named_after_it() -> None:
    assert Check.EVENT_ACCOUNTING.query == "verification/event_accounting"
