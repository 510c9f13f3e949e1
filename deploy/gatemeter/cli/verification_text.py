"""What `gatemeter verify` says, for people and for programs."""

from typing import Any

from gatemeter.reports.output import count_of, harmless
from gatemeter.verification.cross_epoch_duplicates import CrossEpochDuplicatePair
from gatemeter.verification.finding import Check, CheckResult, Finding, Verification

NAMED_FINDINGS = 50
"""How many findings people are shown; programs get all that were named."""


def verification_record(verification: Verification) -> dict[str, Any]:
    """The verification as one JSON object."""
    return {
        "holds": verification.holds,
        "logs": verification.logs,
        "epochs": verification.epochs,
        "events": verification.events,
        "replays": verification.replays,
        "corrections": verification.corrections,
        "differences": verification.differences,
        "checks": [_check_record(check) for check in verification.checks],
        "findings": [finding.model_dump() for finding in verification.findings],
        "notes": list(verification.notes),
        "unchecked": list(verification.unchecked),
    }


def verification_lines(verification: Verification) -> list[str]:
    """A line per check, the first findings, what else there is to know, and the verdict as the last line.

    Far duplicates are summed up by the logs that they stand in.
    """
    return [
        *map(_check_line, verification.checks),
        *_finding_lines(verification),
        *(pair_line(pair) for check in verification.checks for pair in check.pairs),
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


def pair_line(pair: CrossEpochDuplicatePair) -> str:
    """How many events of one log are counted in another one too, and some of them."""
    examples = ", ".join(f"{copy} (first at {kept})" for copy, kept in pair.examples)
    where = f"of {pair.topic} (log {pair.log})"
    others = "that log itself" if pair.kept_log == pair.log else f"{pair.kept_topic} (log {pair.kept_log})"
    return harmless(
        f"{Check.CROSS_EPOCH_DUPLICATES}: {count_of(pair.copies, 'event')} {where} counted already in {others}: "
        f"{examples}"
    )


def _check_record(check: CheckResult) -> dict[str, Any]:
    return {
        "check": check.check,
        "looked_at": {"epochs": check.epochs, "rows": check.rows},
        "findings": check.differences,
    }


def _check_line(check: CheckResult) -> str:
    verdict = f"{check.differences:,} DIFFER" if check.differences else "agree"
    epochs, rows = (count_of(check.epochs, "epoch"), count_of(check.rows, "row"))
    return f"{check.check:<18} {epochs:>17} {rows:>19}  {verdict}"


def _finding_lines(verification: Verification) -> list[str]:
    """The first findings of the checks whose findings are not summed up, and how many more there are."""
    listed = [check for check in verification.checks if not check.pairs]
    named = [finding for check in listed for finding in check.findings][:NAMED_FINDINGS]
    unnamed = sum(check.differences for check in listed) - len(named)
    return [*map(finding_line, named), *([f"and {unnamed:,} more"] if unnamed else [])]


def _verdict(verification: Verification) -> str:
    if not verification.holds:
        return f"{count_of(verification.differences, 'difference')}; {_remedy(verification)}"
    if verification.is_empty:
        return "nothing is counted here"
    events, epochs, logs = (
        count_of(number, noun)
        for number, noun in ((verification.events, "event"), (verification.epochs, "epoch"), (verification.logs, "log"))
    )
    size = f"{events} in {epochs} of {logs}{_besides(verification)}"
    if any(check.check is Check.LOG_RECONCILIATION and not check.epochs for check in verification.checks):
        return f"not verified: the log says nothing of {size}, whose tables agree; see what was not checked"
    return f"verified: {size} agree"


def _besides(verification: Verification) -> str:
    """Epochs that no log holds."""
    counts = ((verification.replays, "replayed event"), (verification.corrections, "correction"))
    return "".join(f" and {count_of(number, noun)}" for number, noun in counts if number)


def _remedy(verification: Verification) -> str:
    """What to do, as far as that can be said of all findings."""
    differing = [check.check for check in verification.checks if check.differences]
    meaning = "what each means and what to do: docs/verification.md"
    if Check.CROSS_EPOCH_DUPLICATES not in differing:
        return meaning
    correct = "gatemeter correct takes events back that were counted twice"
    return correct if len(differing) == 1 else f"{correct}; {meaning}"
