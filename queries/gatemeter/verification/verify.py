"""Verifies a store from its tables alone: the account of every event, and all that follows from it.

A running worker writes between two queries. So a difference counts only if a second look finds it again.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.events.identity import IdentityKind
from gatemeter.metering.counting_start import StartReason
from gatemeter.output.text import count_of
from gatemeter.reports.period import TimeSpan
from gatemeter.schema.usage import OTHER_NAMES
from gatemeter.verification.checked_epochs import fetch_checked
from gatemeter.verification.checks import (
    EVENT_CHECKS,
    OnProgress,
    StoreChecks,
)
from gatemeter.verification.doubts import doubts_within
from gatemeter.verification.finding import FINDINGS_PER_CHECK, Check, CheckResult, Verification
from gatemeter.verification.second_look import Look, Pause, looked_twice
from gatemeter.verification.slimmed_events import SlimmedEvents, slimmed_events
from gatemeter.verification.two_paths import topics_with_many_copies

_WHY_THERE = {
    StartReason.LOG_START: "the log began there",
    StartReason.LOG_END: "the log ended there, and the worker was told to leave out what it held (--start latest)",
    StartReason.REBUILD: "a rebuild was asked for this part",
    StartReason.UNRECORDED: (
        "why is not known, for it began before gatemeter recorded that; whether earlier messages were to be counted is "
        "not known either"
    ),
}

_IDENTITIES: Mapping[str, str] = {
    IdentityKind.ID: "the ids that the gateway gave the events",
    IdentityKind.POSITION: "where the events stood in their file or topic",
    IdentityKind.CONTENT: "the text of the events",
}

_NO_EVENT_LEDGER = "duplicates more than an epoch apart: no event ledger is kept"


def verify_store(
    client: Client,
    span: TimeSpan,
    *,
    pause: Pause,
    on_progress: OnProgress = lambda _check: None,
    further: Mapping[Check, Callable[[], Look]] = MappingProxyType({}),
) -> Verification:
    """Run all checks and the `further` ones; what finds something runs again after `pause(PAUSE_S)`.

    Epochs whose usage lies outside `span` as a whole are left out. `on_progress` is called with the name of each check
    before it runs, and with `pause`. Raises as `fetch` and as the further checks do.
    """
    of_tables = StoreChecks(client, span)
    looks = {check: partial(_look_at_tables, of_tables, check) for check in of_tables.names}
    found = _looked_at({**looks, **further}, pause, on_progress)
    checks = [result for look in found for result in look.results]
    (scope,) = fetch_checked(client, "verification/scope", span)
    slimmed = slimmed_events(client, span) if scope["slimmed"] else SlimmedEvents()
    copies = topics_with_many_copies(client, span) if scope["copies"] else ()
    return Verification(
        **{name: int(scope[name]) for name in ("logs", "epochs", "events", "replays", "corrections")},
        checks=checks,
        notes=[
            *(*_counting_starts(client), *_folded_names(client, span), *copies),
            *(*_shortened_lists(checks), *slimmed.notes),
        ],
        identities=_identity_kinds(client),
        unchecked=[*_unchecked(client, span, checks), *(sentence for look in found for sentence in look.unchecked)],
        not_counted=[messages for look in found for messages in look.not_counted],
        unproven=doubts_within(client, span, scope, slimmed),
    )


def _look_at_tables(of_tables: StoreChecks, check: Check) -> Look:
    return Look([of_tables.run(check)])


def _looked_at(looks: Mapping[Check, Callable[[], Look]], pause: Pause, on_progress: OnProgress) -> Sequence[Look]:
    """One look a check, so that only those that find something are taken again."""

    def paused(seconds: float) -> None:
        on_progress("pause")
        pause(seconds)

    def reported(check: Check, look: Callable[[], Look]) -> Look:
        on_progress(check)
        return look()

    return looked_twice([partial(reported, *each) for each in looks.items()], paused)


def _counting_starts(client: Client) -> list[str]:
    return [_counting_start(row) for row in fetch(client, "verification/counting_starts", {})]


def _counting_start(row: dict[str, Any]) -> str:
    return (
        f"{row['topic']}[{row['partition']}]: counting began at offset {row['first_offset']} of the log {row['log']}"
        f"{row['recorded_at'] and ' at '}{row['recorded_at']}: {_WHY_THERE.get(row['reason'], 'nobody knows why')}"
    )


def _identity_kinds(client: Client) -> list[str]:
    """A sentence for each way in which the copies of a log's events are known."""
    return [
        f"copies are known by {_in_words(row['identities'])} in {count_of(row['logs'], 'log')}: "
        f"{', '.join(row['topics'])}{', ...' if int(row['logs']) > len(row['topics']) else ''}"
        for row in fetch(client, "verification/identity_kinds", {})
    ]


def _in_words(identities: Sequence[str]) -> str:
    return " and ".join(_IDENTITIES.get(kind, kind) for kind in identities)


def _folded_names(client: Client, span: TimeSpan) -> list[str]:
    return [
        f"{row['table']}: {int(row['calls']):,} calls of {count_of(row['consumers'], 'consumer')} are counted under "
        f"the name {OTHER_NAMES}, for more names were used in an hour than are kept; totals, tokens and costs hold them"
        for row in fetch(client, "verification/folded_names", span.parameters)
    ]


def _shortened_lists(checks: Sequence[CheckResult]) -> list[str]:
    return [
        f"{check.check}: of {check.differences:,} findings the first {FINDINGS_PER_CHECK:,} are named"
        for check in checks
        if check.differences > len(check.findings)
    ]


def _unchecked(client: Client, span: TimeSpan, checks: Sequence[CheckResult]) -> list[str]:
    if not any(check.check in EVENT_CHECKS for check in checks):
        return [_NO_EVENT_LEDGER]
    return uncompared_events(client, span)


def uncompared_events(client: Client, span: TimeSpan) -> list[str]:
    """A sentence about epochs whose copies cannot be found, because the event ledger has lost events of them.

    Raises as `fetch` does.
    """
    (row,) = fetch_checked(client, "verification/partly_kept_epochs", span)
    if not row["epochs"]:
        return []
    partial = count_of(row["epochs"], "epoch")
    return [f"the event ledger holds less than all events of {partial}, so nothing was compared with it there"]
