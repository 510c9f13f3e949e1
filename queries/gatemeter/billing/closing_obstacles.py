"""What stands in the way of closing a period: it is not over, more of it may come, or something is not known."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.errors import ConflictError
from gatemeter.metering.log import LogKind
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.topic_lag import LogEnds

_MOST_NAMED = 3
_MOST_PARTITIONS = 10_000


class Acceptance(StrEnum):
    """What may be accepted where it is not known, and is then written into the statement."""

    IDLE = "idle"
    """Partitions whose latest event is not behind the period and its grace: more may be on its way."""
    UNPRICED = "unpriced"
    """Events that are in no quantity for want of a value, as calls without a price."""
    EARLIER = "earlier"
    """Usage of periods before the first one that is closed, which cannot be closed after it."""
    UNPROVEN = "unproven"
    """Usage of which verify doubts that it is right, as of requests that two logs seem to tell."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a period is closed, at the moment `now` (UTC)."""

    now: datetime
    grace: timedelta = timedelta(days=3)
    accepted: Collection[Acceptance] = ()
    ends_of: Callable[[str], LogEnds] | None = None
    """Where a topic of Kafka ends; None where Kafka cannot be asked."""
    doubts_of: Callable[[TimeSpan], Sequence[str]] = lambda _hours: ()
    """A sentence for each doubt about the usage of some hours."""


def idle_partitions(logs: Sequence[Mapping[str, Any]], until: datetime, terms: Terms) -> Sequence[str]:
    """The partitions of which no event has come yet that is behind `until`; with Kafka, also those that never had one.

    Raises GatemeterError where Kafka does not answer.
    """
    if not logs:
        return ("every log: nothing has been consumed",)
    late = [row for row in logs if row["latest_s"] is None or int(row["latest_s"]) < until.timestamp()]
    names = Counter(f"{row['topic']}[{row['partition']}]" for row in late)
    of_several = (f"{name} of {logs_of} logs" if logs_of > 1 else name for name, logs_of in names.items())
    return [*of_several, *_never_consumed(logs, terms)]


def _never_consumed(logs: Sequence[Mapping[str, Any]], terms: Terms) -> Iterator[str]:
    if terms.ends_of is None:
        return
    for topic in dict.fromkeys(_topics(logs)):
        known = {int(row["partition"]) for row in logs if row["topic"] == topic}
        for partition, end in sorted(terms.ends_of(topic).end_offsets(range(_MOST_PARTITIONS)).items()):
            if partition not in known:
                what = f"nothing of its {end} offsets was consumed" if end else "it never had an event"
                yield f"{topic}[{partition}] ({what})"


def not_asked(logs: Sequence[Mapping[str, Any]], terms: Terms) -> Iterator[str]:
    """That partitions without an event are not known, where Kafka has some and was not asked."""
    if terms.ends_of is None and (topics := dict.fromkeys(_topics(logs))):
        yield f"whether {', '.join(topics)} has partitions that never had an event is not known: Kafka was not asked"


def _topics(logs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    return (row["topic"] for row in logs if row["log_kind"] == LogKind.KAFKA)


def missing_values(lines: Sequence[BillLine]) -> Mapping[str, int]:
    """By charge, how many events have no value that were not said to have none before."""
    found: Counter[str] = Counter()
    for line in lines:
        found[_charge_of(line)] += line.missing
    return {charge: events for charge, events in found.items() if events > 0}


def require_ready(
    period: BillingPeriod,
    end: datetime,
    terms: Terms,
    idle: Sequence[str],
    missing: Mapping[str, int],
    earlier: Sequence[str],
    doubts: Sequence[str],
) -> None:
    """Raise ConflictError, naming everything that stands in the way and was not accepted."""
    obstacles = []
    if terms.now < end + terms.grace:
        obstacles.append(f"it and its grace end at {end + terms.grace:%Y-%m-%dT%H:%MZ}")
    if idle and Acceptance.IDLE not in terms.accepted:
        obstacles.append(f"events before {end + terms.grace:%Y-%m-%dT%H:%MZ} may still come in {_named(idle)} (idle)")
    if missing and Acceptance.UNPRICED not in terms.accepted:
        obstacles.append(f"events without a value are in no quantity of {_named([*missing])} (unpriced)")
    if earlier and Acceptance.EARLIER not in terms.accepted:
        named = _named([each.removeprefix("on no bill: ") for each in earlier])
        obstacles.append(f"periods before it have to be closed first, else on no bill stay {named} (earlier)")
    if doubts and Acceptance.UNPROVEN not in terms.accepted:
        obstacles.append(f"gatemeter verify does not take its numbers for proven: {_named(doubts)} (unproven)")
    if obstacles:
        raise ConflictError(
            f"{period} cannot be closed: {'; '.join(obstacles)}",
            do="wait, or mend it; --accept takes what is in parentheses, and writes it into the statement",
        )


def accepted_notes(idle: Sequence[str], missing: Mapping[str, int], doubts: Sequence[str]) -> Iterator[str]:
    """What was accepted, for the statement."""
    if idle:
        yield f"idle: events may still come in {', '.join(idle)}"
    for charge, events in missing.items():
        yield f"unpriced: {events} events of {charge} have no value"
    for doubt in doubts:
        yield f"unproven: {doubt}"


def _charge_of(line: BillLine) -> str:
    return f"{line.account}/{line.charge}" + (f" of {line.correction_of}" if line.correction_of else "")


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
