"""What `gatemeter verify` says, for people and for programs."""

from typing import Any

from gatemeter.queries.output import harmless
from gatemeter.queries.verification_finding import CheckResult, Finding, Verification

NAMED_FINDINGS = 50
"""How many findings people are shown; programs get all that were named."""


def verification_record(verification: Verification) -> dict[str, Any]:
    """The verification as one JSON object."""
    return {
        "holds": verification.holds,
        "logs": verification.logs,
        "epochs": verification.epochs,
        "events": verification.events,
        "differences": verification.differences,
        "checks": [_check_record(check) for check in verification.checks],
        "findings": [finding.model_dump() for finding in verification.findings],
        "notes": list(verification.notes),
        "unchecked": list(verification.unchecked),
    }


def verification_lines(verification: Verification) -> list[str]:
    """A line per check, the first findings, what else there is to know, and the verdict as the last line."""
    return [
        *map(_check_line, verification.checks),
        *map(finding_line, verification.findings[:NAMED_FINDINGS]),
        *_more(verification),
        *(harmless(f"note: {note}") for note in verification.notes),
        *(harmless(f"not checked: {what}") for what in verification.unchecked),
        _verdict(verification),
    ]


def finding_line(finding: Finding) -> str:
    """Where it is, and what should have been there."""
    where = f"{finding.topic}[{finding.partition}]" if finding.topic else f"partition {finding.partition}"
    numbers = "" if finding.expected is None else f"expected {finding.expected:,}, found {finding.found or 0:,}: "
    return harmless(
        f"{finding.check}: {where} offsets {finding.first_offset} to {finding.next_offset} of log {finding.log}, "
        f"{finding.table}: {numbers}{finding.detail}"
    )


def _check_record(check: CheckResult) -> dict[str, Any]:
    return {
        "check": check.check,
        "looked_at": {"epochs": check.epochs, "rows": check.rows},
        "findings": check.differences,
    }


def _check_line(check: CheckResult) -> str:
    verdict = f"{check.differences:,} DIFFER" if check.differences else "agree"
    return f"{check.check:<18} {check.epochs:>10,} epochs {check.rows:>14,} rows  {verdict}"


def _more(verification: Verification) -> list[str]:
    unnamed = verification.differences - min(len(verification.findings), NAMED_FINDINGS)
    return [f"and {unnamed:,} more"] if unnamed else []


def _verdict(verification: Verification) -> str:
    if not verification.holds:
        return f"{verification.differences:,} differences; what each means and what to do: docs/verification.md"
    if not verification.epochs:
        return "nothing is counted here"
    size = f"{verification.events:,} events in {verification.epochs:,} epochs of {verification.logs:,} logs"
    return f"verified: {size} agree"
