"""Whether events were cut to what the rules read that they are counted by: what they do not hold is unknown, not 0.

Newer rules keep what older ones read, so that what sends events may be updated before what counts them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from clickhouse_connect.driver.client import Client

from gatemeter.metering.ruleset import parse_ruleset_version
from gatemeter.output.text import count_of
from gatemeter.reports.period import TimeSpan
from gatemeter.verification.checked_epochs import fetch_checked
from gatemeter.wire.slimmed import parse_slimmed

_DO = "send what is to come with the gatemeter and the --meters of the workers"


@dataclass(slots=True)
class SlimmedEvents:
    """`notes` about events that hold all that is read, and sentences about those of which nobody knows it."""

    notes: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)


def slimmed_events(client: Client, span: TimeSpan) -> SlimmedEvents:
    """What the ledger says of the epochs in `span`. Raises as `fetch` does."""
    found = SlimmedEvents()
    for row in fetch_checked(client, "verification/slimmed_events", span):
        _tell(row["rules"], row["slimmed_by"], _where(row["epochs"], row["logs"], row["topics"]), found)
    return found


def _tell(rules: str, slimmed: str, where: str, found: SlimmedEvents) -> None:
    counted_by, cut_by = parse_ruleset_version(rules), parse_slimmed(slimmed)
    if counted_by is None or cut_by is None:
        found.unproven.append(f"{where} events were cut by unknown rules ({slimmed}), and are counted by {rules}")
    elif int(cut_by.rules) < int(counted_by.number):
        found.unproven.append(
            f"{where} events were cut to what rules {cut_by.rules} read, and are counted by rules "
            f"{counted_by.number}: what only these read is unknown in them; {_DO}"
        )
    elif counted_by.meters not in ("", cut_by.meters):
        found.unproven.append(
            f"{where} events were cut to what other meters read than those that count them: what only these read is "
            f"unknown in them; {_DO}"
        )
    else:
        found.notes.append(f"{where} events were cut to what rules {cut_by.rules} read before they were sent")


def _where(epochs: int, logs: int, topics: Sequence[str]) -> str:
    more = ", ..." if int(logs) > len(topics) else ""
    return f"{', '.join(topics)}{more}: in {count_of(epochs, 'epoch')}"
