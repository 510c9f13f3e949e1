"""What makes numbers uncertain although no table contradicts another."""

from collections.abc import Mapping, Sequence
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.output.text import count_of
from gatemeter.reports.period import TimeSpan
from gatemeter.verification.checked_epochs import fetch_checked
from gatemeter.verification.slimmed_events import SlimmedEvents, slimmed_events
from gatemeter.verification.two_paths import two_paths

_HAVE_NO_KEY = (
    "have no key: a copy in another partition is counted again, and nobody would know. Write messages with a key (the "
    "consumer's id, as gatemeter ship does), count the topic that gatemeter relay makes of this one, or keep the event "
    "ledger (--event-ledger)"
)


def doubts(client: Client, span: TimeSpan) -> Sequence[str]:
    """A sentence for each doubt about usage in `span`. Raises as `fetch` does."""
    (scope,) = fetch_checked(client, "verification/scope", span)
    slimmed = slimmed_events(client, span) if scope["slimmed"] else SlimmedEvents()
    return doubts_within(client, span, scope, slimmed)


def doubts_within(client: Client, span: TimeSpan, scope: Mapping[str, Any], slimmed: SlimmedEvents) -> Sequence[str]:
    """As `doubts`, where the row of verification/scope and the cut events are known."""
    unkeyed = _unkeyed_messages(client, span) if scope["unkeyed"] else ()
    return [*unkeyed, *map(str, two_paths(client, span)), *slimmed.unproven]


def _unkeyed_messages(client: Client, span: TimeSpan) -> Sequence[str]:
    """A sentence for each topic in which a copy of a message may have been counted in another partition."""
    return [
        f"{row['topic']}: {count_of(row['messages'], 'message')} of {count_of(row['epochs'], 'epoch')} of the log "
        f"{row['log']} {_HAVE_NO_KEY} (the topic has {row['partitions']})"
        for row in fetch_checked(client, "verification/unkeyed_messages", span)
    ]
