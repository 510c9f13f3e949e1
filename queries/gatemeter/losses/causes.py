"""What the numbers say about why requests are missing; where they do not tell, that it is not known.

The causes are those of a gateway's log plugins. Kong's queue is in memory: when it is full (`max_entries`, 10,000) the
oldest entries are dropped, a batch is given up after `max_retry_time` (60 s), and a restart loses all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from gatemeter.losses.gap import Gap
from gatemeter.losses.log_plugins import LogPlugins
from gatemeter.losses.own_requests import OwnRequests
from gatemeter.losses.reading import Reading
from gatemeter.losses.window import utc_text
from gatemeter.output.text import count_of

_MOSTLY = 10
"""A part explains a gap if less than a tenth of it is left."""

_NAMED = 3
_COUNTED_WITHIN = timedelta(minutes=15)
_FIRST_EVENTS = timedelta(hours=2)
_NEAR_A_RESTART = timedelta(hours=1)


class Cause(StrEnum):
    """Why requests are missing, as far as numbers tell."""

    NONE = "none"
    NO_PLUGIN = "plugin not on it"
    RESTART = "queue lost at restart"
    OVERFLOW = "queue overflow"
    STEADY = "steady loss"
    BEGAN_LATER = "counting began later"
    NOT_YET = "not counted yet"
    SURPLUS = "more than the gateway"
    NOT_KNOWN = "not known"

    @property
    def is_expected(self) -> bool:
        """Whether requests that are missing for it are not lost."""
        return self in (Cause.NONE, Cause.BEGAN_LATER, Cause.NOT_YET)


@dataclass(frozen=True, slots=True)
class Explained:
    """The likely cause of a gap, and the facts that it is concluded from, as a sentence."""

    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the gap consists of: by service (of a service, by route), and by day; and the services of the counter.

    `plugins` is what an inventory tells of log plugins.
    """

    parts: Sequence[Gap]
    days: Sequence[Gap]
    services: frozenset[str]
    own: OwnRequests
    plugins: LogPlugins


def explain(gap: Gap, evidence: Evidence) -> Explained:
    """The likely cause of the gap."""
    if gap.is_certain_surplus:
        return _surplus(gap)
    if not gap.is_certain_loss:
        return _no_certain_loss(gap)
    return (
        _not_to_be_counted(gap.reading, evidence.own)
        or _without_plugin(gap, evidence)
        or _by_day(gap, evidence.days)
        or _restarted(gap.reading)
        or Explained(Cause.NOT_KNOWN, f"{_missing(gap)}; the scrapes are too few to tell when")
    )


def _missing(gap: Gap) -> str:
    return f"{count_of(gap.least or 0, 'request')} at least {'is' if gap.least == 1 else 'are'} missing"


def _surplus(gap: Gap) -> Explained:
    more = count_of(-(gap.most or 0), "request")
    return Explained(
        Cause.SURPLUS,
        f"{more} at least are counted that the counters given here do not hold: another node or gateway logs here too, "
        "requests are sent on two paths (gatemeter verify), or its counter misses some",
    )


def _no_certain_loss(gap: Gap) -> Explained:
    if gap.reading.resets:
        return Explained(
            Cause.NOT_KNOWN,
            f"the counter began again {_when(gap.reading)}; what it counted before that, after the scrape before, is "
            "not known, nor what a queue held then",
        )
    if gap.least is None and gap.most is None:
        return Explained(Cause.NOT_KNOWN, "the counter is no bound of the requests that are logged")
    if gap.least is None:
        return Explained(
            Cause.NOT_KNOWN, "the counter also counts requests that are never logged, so it is an upper bound"
        )
    if gap.most is None:
        return Explained(Cause.NOT_KNOWN, "the counter does not hold all requests, so it shows no upper bound")
    return Explained(Cause.NONE, "the numbers agree within what the edges of the window leave open")


def _not_to_be_counted(reading: Reading, own: OwnRequests) -> Explained | None:
    window = reading.window
    if window.is_since_unknown:
        return Explained(
            Cause.NOT_KNOWN,
            "since when the counter counts is not told: perhaps since before events were counted. Give two scrapes",
        )
    if own.first_hour is None or own.first_hour > window.start.latest + _FIRST_EVENTS:
        since = (
            "no event is counted"
            if own.first_hour is None
            else f"the first event counted is of {utc_text(own.first_hour)}"
        )
        return Explained(Cause.BEGAN_LATER, f"{since}, and the window begins at {utc_text(window.start.latest)}")
    if own.last_stored is None or own.last_stored < window.end.latest + _COUNTED_WITHIN:
        last = (
            "nothing was stored" if own.last_stored is None else f"the last was stored at {utc_text(own.last_stored)}"
        )
        return Explained(
            Cause.NOT_YET,
            f"{last}, and the window ends at {utc_text(window.end.latest)}: events may still be on their way. Compare "
            "again later",
        )
    return None


def _without_plugin(gap: Gap, evidence: Evidence) -> Explained | None:
    if gap.reading.service and gap.has_nothing_counted:
        return _silent_service(gap, evidence)
    silent = [part for part in evidence.parts if part.has_nothing_counted]
    missing = sum(part.reading.seen for part in silent)
    if not silent or missing * _MOSTLY < (gap.least or 0) * (_MOSTLY - 1):
        return None
    of_service = bool(gap.reading.service)
    if not of_service and any(evidence.plugins.are_on(part.reading.service) for part in silent):
        return None
    names = _names([part.reading.route if of_service else part.reading.service for part in silent])
    return Explained(
        Cause.NO_PLUGIN,
        f"the gateway counted {missing:,} of {names}, and no event of {'it' if len(silent) == 1 else 'them'} arrived",
    )


def _silent_service(gap: Gap, evidence: Evidence) -> Explained:
    counted = f"the gateway counted {gap.reading.seen:,} and no event of it arrived"
    inventory = f"the inventory of {evidence.plugins.told_at} has"
    match evidence.plugins.are_on(gap.reading.service):
        case True:
            return Explained(
                Cause.NOT_KNOWN, f"{counted}, though {inventory} a log plugin on it: can it reach its target?"
            )
        case False:
            return Explained(Cause.NO_PLUGIN, f"{counted}; {inventory} no log plugin on it")
    unmatched = sorted(evidence.own.services() - evidence.services)
    if unmatched:
        others = f"events name services that the counter does not: {_names(unmatched)}"
        return Explained(Cause.NOT_KNOWN, f"{counted}, and {others}. Is it one of them by another name?")
    return Explained(Cause.NO_PLUGIN, counted)


def _by_day(gap: Gap, days: Sequence[Gap]) -> Explained | None:
    lossy = [day for day in days if day.is_certain_loss]
    if len(days) < 2 or not lossy:
        return None
    named = _names([f"{day.reading.window.start.latest:%Y-%m-%d}" for day in lossy])
    if all(_is_near_a_restart(day.reading) for day in lossy):
        return Explained(
            Cause.RESTART, f"requests are missing on {named}, and the node began again {_when(gap.reading)}"
        )
    if 2 * len(lossy) <= len(days):
        return Explained(
            Cause.OVERFLOW,
            f"requests are missing on {count_of(len(lossy), 'day')} of {len(days)} ({named}), on the others none for "
            "certain: a queue was full, or a batch was given up. The gateway's error log names the times",
        )
    return Explained(
        Cause.STEADY,
        f"requests are missing on {len(lossy)} of {len(days)} days: the log plugin is not on some route, or a filter "
        "or sampling leaves requests out",
    )


def _is_near_a_restart(day: Reading) -> bool:
    return any(
        reset.latest >= day.window.start.earliest - _NEAR_A_RESTART
        and reset.earliest <= day.window.end.latest + _NEAR_A_RESTART
        for reset in day.resets
    )


def _restarted(reading: Reading) -> Explained | None:
    if not reading.resets:
        return None
    return Explained(
        Cause.RESTART,
        f"the node began again {_when(reading)}; the scrapes are too few to tell when they went missing",
    )


def _when(reading: Reading) -> str:
    resets = [f"between {utc_text(reset.earliest)} and {utc_text(reset.latest)}" for reset in reading.resets]
    return _names(resets)


def _names(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
