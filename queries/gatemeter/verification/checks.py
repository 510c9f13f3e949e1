"""One reading of a store: every check asked once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.reports.period import TimeSpan
from gatemeter.reports.query import fetch
from gatemeter.verification.cross_epoch_duplicates import (
    CrossEpochDuplicate,
    cross_epoch_duplicate_count,
    cross_epoch_duplicate_pairs,
    cross_epoch_duplicate_scope,
    cross_epoch_duplicates,
    event_ledger_in_use,
)
from gatemeter.verification.finding import CROSS_EPOCH_DUPLICATES, CheckResult, Finding

STORED_CHECKS = (
    "law",
    "ranges",
    "requests",
    "monthly_requests",
    "months",
    "sessions",
    "calls",
    "latencies",
    "letters",
    "replays",
    "corrections",
    "ahead",
    "unknown_epochs",
)
"""The checks that need nothing but the tables of every store; each is in `sql/verification_NAME.sql`."""

EVENT_CHECKS = ("events", "consumers", CROSS_EPOCH_DUPLICATES)
"""The checks that need the event ledger."""

EXAMPLES_PER_PAIR = 3
"""How many copies are named of two logs that have copies of each other's events."""

FINDINGS_PER_CHECK = 1000
"""How many findings a check names, at most."""

_FIELDS = ("topic", "log", "partition", "first_offset", "next_offset", "table", "expected", "found", "detail")

Told = Callable[[str], None]


def span_parameters(span: TimeSpan) -> Mapping[str, Any]:
    """The parameters of `sql/parts/checked_epochs.sql`."""
    return {"spanned": int(span != TimeSpan()), **span.parameters}


def read_checks(client: Client, span: TimeSpan, told: Told) -> list[CheckResult]:
    """Ask every check that this store has the tables' rows for; `told` is given each one's name before it runs.

    Raises as `fetch` does.
    """
    names = [*STORED_CHECKS, *(EVENT_CHECKS if event_ledger_in_use(client) else ())]
    results = []
    for name in names:
        told(name)
        results.append(
            _cross_epoch_duplicates(client, span) if name == CROSS_EPOCH_DUPLICATES else _checked(client, span, name)
        )
    return results


def _checked(client: Client, span: TimeSpan, name: str) -> CheckResult:
    parameters = span_parameters(span)
    (verdict,) = fetch(client, f"verification_{name}", parameters)
    return CheckResult(
        name,
        epochs=int(verdict["epochs"]),
        rows=int(verdict["rows"]),
        differences=int(verdict["differences"]),
        findings=[_finding(name, values) for values in verdict["findings"]],
    )


def _finding(check: str, values: Sequence[Any]) -> Finding:
    return Finding(check=check, **dict(zip(_FIELDS, values, strict=True)))


def _cross_epoch_duplicates(client: Client, span: TimeSpan) -> CheckResult:
    copies = cross_epoch_duplicate_count(client, span)
    epochs, events = cross_epoch_duplicate_scope(client, span)
    found = cross_epoch_duplicates(client, span, FINDINGS_PER_CHECK) if copies else []
    pairs = cross_epoch_duplicate_pairs(client, span, EXAMPLES_PER_PAIR) if copies else []
    return CheckResult(CROSS_EPOCH_DUPLICATES, epochs, events, copies, [_copy(each) for each in found], pairs)


def _copy(copy: CrossEpochDuplicate) -> Finding:
    place = copy.place
    return Finding(
        check=CROSS_EPOCH_DUPLICATES,
        topic=copy.topic,
        log=place.log,
        partition=place.partition,
        first_offset=place.offset,
        next_offset=place.offset + 1,
        table="event_ledger",
        expected=0,
        found=1,
        detail=f"the event at line {place.line}, index {place.event_index} is counted already at {copy.kept}",
    )


def still_there(first: Sequence[CheckResult], second: Sequence[CheckResult]) -> list[CheckResult]:
    """`second` without the findings that `first` has not: a running worker makes those, and mends them.

    A check with more findings than it names is left as it is.
    """
    before = {finding_place(finding) for check in first for finding in check.findings}
    return [_without_new(check, before) for check in second]


def _without_new(check: CheckResult, before: set[tuple[Any, ...]]) -> CheckResult:
    if check.differences > len(check.findings):
        return check
    findings = [finding for finding in check.findings if finding_place(finding) in before]
    return replace(check, differences=len(findings), findings=findings)


def finding_place(finding: Finding) -> tuple[Any, ...]:
    """What makes it the same finding in another reading.

    The numbers of an epoch that is being counted move while it stays wrong. Rows that are ahead of the ledger are the
    contrary: where both have moved on a worker is at work.
    """
    moving = (finding.next_offset,) if finding.check == "ahead" else ()
    return (finding.check, finding.table, finding.log, finding.partition, finding.first_offset, *moving)
