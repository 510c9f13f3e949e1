"""Whether what is stored is what was consumed: the conservation law, and what follows from it, proven from the tables.

A running worker writes between two questions. So whatever is found is looked for again after a pause, and told only
when it is still there.
"""

from collections.abc import Callable, Sequence
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.reports.output import count_of
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.query import fetch
from gatemeter.verification.checks import (
    EVENT_CHECKS,
    FINDINGS_PER_CHECK,
    Told,
    read_checks,
    span_parameters,
    still_there,
)
from gatemeter.verification.finding import CheckResult, Verification

PAUSE_S = 5.0
"""Longer than a worker takes between two flushes, by default."""

_NO_EVENT_LEDGER = "duplicates more than an epoch apart: no event ledger is kept"


def verify_store(
    client: Client, span: TimeSpan, *, pause: Callable[[float], None], told: Told = lambda _name: None
) -> Verification:
    """Ask every check, and once more after `pause(PAUSE_S)` where one finds something.

    `span` leaves out epochs all of whose usage lies outside of it. Raises as `fetch` does.
    """
    checks = read_checks(client, span, told)
    if any(check.differences for check in checks):
        told("pause")
        pause(PAUSE_S)
        checks = still_there(checks, read_checks(client, span, told))
    (scope,) = fetch(client, "verification_scope", span_parameters(span))
    return Verification(
        logs=int(scope["logs"]),
        epochs=int(scope["epochs"]),
        events=int(scope["events"]),
        checks=checks,
        notes=[*_starts(client), *_unnamed(checks)],
        unchecked=_unchecked(client, span, checks),
        replays=int(scope["replays"]),
        corrections=int(scope["corrections"]),
    )


def _starts(client: Client) -> list[str]:
    return [_start(row) for row in fetch(client, "verification_starts", {})]


def _start(row: dict[str, Any]) -> str:
    return (
        f"{row['topic']}[{row['partition']}]: counting began at offset {row['first_offset']} of the log {row['log']}, "
        "so nothing is known of what was before"
    )


def _unnamed(checks: Sequence[CheckResult]) -> list[str]:
    return [
        f"{check.check}: of {check.differences:,} findings the first {FINDINGS_PER_CHECK:,} are named"
        for check in checks
        if check.differences > len(check.findings)
    ]


def _unchecked(client: Client, span: TimeSpan, checks: Sequence[CheckResult]) -> list[str]:
    if not any(check.check in EVENT_CHECKS for check in checks):
        return [_NO_EVENT_LEDGER]
    (row,) = fetch(client, "verification_partial_events", span_parameters(span))
    if not row["epochs"]:
        return []
    partial = count_of(row["epochs"], "epoch")
    return [f"the event ledger holds less than all events of {partial}, so nothing was compared with it there"]
