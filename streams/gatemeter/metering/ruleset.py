"""How a log is turned into rows: the decoders, the prices, and the ruleset version that says which rows they make.

Rows are a function of the log and of the ruleset. The ledger keeps the ruleset version with every epoch. Where it is
another one, stored rows stay as they are and counting goes on after them (`start_position`), so no epoch is ever a
mixture.
"""

import re
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from gatemeter.events.access_event import TimeRange
from gatemeter.formats.decoders import Decoders, OriginalDecoders
from gatemeter.metering.kept_minutes import ALL_MINUTES, KeptMinutes
from gatemeter.metering.originals import OriginalKeys
from gatemeter.meters.meters import NO_METERS, Meters
from gatemeter.pricing.price_table import PriceTable

_VERSION = re.compile(r"(\d+)(?:;times=(-?\d+)\.\.(-?\d+))?(?:;meters=([0-9a-f]+))?", re.ASCII)

RULESET_VERSION = "11"
"""Raised when events decode to other rows than before. Prices do not count: a price book has its own version."""


def ruleset_version(times: TimeRange, meters: Meters = NO_METERS) -> str:
    """`RULESET_VERSION`, followed by those settings that decide about rows and are not the default."""
    believed = "" if times == TimeRange() else f";times={times.from_ms}..{times.to_ms}"
    return RULESET_VERSION + believed + (f";meters={meters.version}" if meters else "")


class RulesetVersion(NamedTuple):
    """The parts of a ruleset version that say what is read of events."""

    number: str
    meters: str = ""


def parse_ruleset_version(version: str) -> RulesetVersion | None:
    """Its parts; None for a text of another form."""
    found = _VERSION.fullmatch(version)
    return None if found is None else RulesetVersion(found[1], found[4] or "")


@dataclass(frozen=True, slots=True)
class Metering:
    """The settings of counting: events with times outside of `times` are dead letters, `meters` take what they declare.

    `prices` are applied to rows of LLM usage when they are taken to be written. With `event_ledger` a row is kept of
    every event that can be read; with `original_keys` the originals of dead letters are kept. Requests are counted per
    minute where `minutes` keeps them. None of them decides what is counted, so the ruleset version does not name them.
    """

    prices: PriceTable
    times: TimeRange = field(default_factory=TimeRange)
    event_ledger: bool = False
    original_keys: OriginalKeys | None = field(default=None, repr=False)
    meters: Meters = NO_METERS
    minutes: KeptMinutes = ALL_MINUTES

    @property
    def ruleset_version(self) -> str:
        """What the ledger keeps as `rules`."""
        return ruleset_version(self.times, self.meters)

    def by_ruleset(self, version: str) -> "Metering | None":
        """These settings as a ruleset version has them; None for one of another gatemeter, or of other meters."""
        found = _VERSION.fullmatch(version)
        if found is None or found[1] != RULESET_VERSION or found[4] not in (None, self.meters.version):
            return None
        times = TimeRange() if found[2] is None else TimeRange(int(found[2]), int(found[3]))
        return replace(self, times=times, meters=self.meters if found[4] else NO_METERS)

    def decoders(self) -> Decoders:
        """The decoders of all formats."""
        return Decoders(self.times, keeps_event_refs=self.event_ledger, meters=self.meters)

    def decoders_of_originals(self) -> OriginalDecoders:
        """The decoders of what dead letters hold."""
        return OriginalDecoders(self.times, keeps_event_refs=self.event_ledger, meters=self.meters)
