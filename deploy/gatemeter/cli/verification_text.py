"""The lines in which `gatemeter verify` reports a verification to people."""

from gatemeter.escaping import escaped
from gatemeter.output.text import count_of
from gatemeter.verification.cross_epoch_duplicates import CrossEpochDuplicatePair
from gatemeter.verification.finding import Check, CheckResult, Finding, Verification

NAMED_FINDINGS = 50
"""How many findings people are shown; JSON holds all that a check names."""


def verification_lines(verification: Verification) -> list[str]:
    """A line for each check, the first findings, notes, and a last line that says whether everything agrees.

    Cross-epoch duplicates are summed up for each pair of logs.
    """
    return [
        *map(_check_line, verification.checks),
        *_finding_lines(verification),
        *(pair_line(pair) for check in verification.checks for pair in check.pairs),
        *(escaped(f"note: {note}") for note in (*verification.notes, *verification.identities)),
        *(escaped(f"not checked: {what}") for what in verification.unchecked),
        *(escaped(f"not proven: {what}") for what in verification.unproven),
        *(escaped(f"not counted yet: {messages}") for messages in verification.not_counted),
        _conclusion(verification),
    ]


def finding_line(finding: Finding) -> str:
    """Where the difference is, and what was expected there."""
    where = f"{finding.topic}[{finding.partition}]" if finding.topic else f"partition {finding.partition}"
    if not finding.log:
        return escaped(f"{finding.check}: {finding.table}: {finding.detail}")
    numbers = "" if finding.expected is None else f"expected {finding.expected:,}, found {finding.found or 0:,}: "
    return escaped(
        f"{finding.check}: {where} offsets {finding.first_offset} to {finding.next_offset} of log {finding.log}, "
        f"{finding.table}: {numbers}{finding.detail}"
    )


def pair_line(pair: CrossEpochDuplicatePair) -> str:
    """How many events of one log are counted in another log too, with some examples."""
    examples = ", ".join(f"{copy} (first at {kept})" for copy, kept in pair.examples)
    where = f"of {pair.topic} (log {pair.log})"
    others = "that log itself" if pair.kept_log == pair.log else f"{pair.kept_topic} (log {pair.kept_log})"
    return escaped(
        f"{Check.CROSS_EPOCH_DUPLICATES}: {count_of(pair.copies, 'event')} {where} counted already in {others}: "
        f"{examples}"
    )


def _check_line(check: CheckResult) -> str:
    outcome = f"{check.differences:,} DIFFER" if check.differences else "agree"
    epochs, rows = (count_of(check.epochs, "epoch"), count_of(check.rows, "row"))
    return f"{check.check:<18} {epochs:>17} {rows:>19}  {outcome}"


def _finding_lines(verification: Verification) -> list[str]:
    """The first findings, without those that are summed up by pairs, and how many more there are."""
    listed = [check for check in verification.checks if not check.pairs]
    named = [finding for check in listed for finding in check.findings][:NAMED_FINDINGS]
    unnamed = sum(check.differences for check in listed) - len(named)
    return [*map(finding_line, named), *([f"and {unnamed:,} more"] if unnamed else [])]


def _conclusion(verification: Verification) -> str:
    if not verification.holds:
        return f"{count_of(verification.differences, 'difference')}; {_remedy(verification)}"
    if verification.is_empty:
        return "nothing is counted here"
    events, epochs, logs = (
        count_of(number, noun)
        for number, noun in ((verification.events, "event"), (verification.epochs, "epoch"), (verification.logs, "log"))
    )
    size = f"{events} in {epochs} of {logs}{_other_epochs(verification)}"
    if verification.unproven:
        return f"not verified: the tables of {size} agree; see what is not proven"
    if not verification.is_proven:
        return f"not verified: the log says nothing of {size}, whose tables agree; see what was not checked"
    waiting = sum(messages.messages for messages in verification.not_counted)
    behind = f"; {count_of(waiting, 'message')} of the log {'is' if waiting == 1 else 'are'} not counted yet"
    return f"{_extent(verification)}: {size} agree{behind if waiting else ''}"


def _extent(verification: Verification) -> str:
    """Whether all epochs were counted again, where a log was read for it."""
    compared = sum(check.epochs for check in verification.checks if check.check is Check.LOG_RECONCILIATION)
    if 0 < compared < verification.epochs:
        return f"verified, {compared:,} of {count_of(verification.epochs, 'epoch')} against the log"
    return "verified"


def _other_epochs(verification: Verification) -> str:
    """The epochs that belong to no log, for the end of a sentence."""
    counts = ((verification.replays, "replayed event"), (verification.corrections, "correction"))
    return "".join(f" and {count_of(number, noun)}" for number, noun in counts if number)


def _remedy(verification: Verification) -> str:
    """What to do about the findings."""
    differing = [check.check for check in verification.checks if check.differences]
    meaning = "what each means and what to do: docs/verification.md"
    if Check.CROSS_EPOCH_DUPLICATES not in differing:
        return meaning
    correct = "gatemeter correct retracts events that were counted twice"
    return correct if len(differing) == 1 else f"{correct}; {meaning}"
