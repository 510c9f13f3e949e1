"""How a log is turned into rows: the decoders, the prices, and the ruleset version that says which rows they make.

Rows are a function of the log and of the ruleset. The ledger keeps the ruleset version with every epoch. Where it is
another one, stored rows stay as they are and counting goes on after them (`start_position`), so no epoch is ever a
mixture.
"""

import re
from dataclasses import dataclass, field

from gatemeter.events.access_event import TimeRange
from gatemeter.formats.decoders import Decoders, OriginalDecoders
from gatemeter.metering.originals import OriginalKeys
from gatemeter.pricing.price_table import PriceTable

_TIMES = re.compile(r"(-?\d+)\.\.(-?\d+)", re.ASCII)

RULESET_VERSION = "8"
"""Raised when events decode to other rows than before. Prices do not count: a price book has its own version."""


def ruleset_version(times: TimeRange) -> str:
    """`RULESET_VERSION`, followed by those settings that decide about rows and are not the default."""
    return RULESET_VERSION if times == TimeRange() else f"{RULESET_VERSION};times={times.from_ms}..{times.to_ms}"


def times_of(version: str) -> TimeRange | None:
    """The event times that a ruleset version of this gatemeter believes; None for what another one counted by."""
    number, _, times = version.partition(";times=")
    if number != RULESET_VERSION:
        return None
    found = _TIMES.fullmatch(times)
    return TimeRange(int(found[1]), int(found[2])) if found else TimeRange() if not times else None


@dataclass(frozen=True, slots=True)
class Metering:
    """The settings of counting: events with times outside of `times` are dead letters.

    `prices` are applied to rows of LLM usage when they are taken to be written. With `event_ledger` a row is kept of
    every event that can be read; with `original_keys` the originals of dead letters are kept. None of them decides what
    is counted, so the ruleset version does not name them.
    """

    prices: PriceTable
    times: TimeRange = field(default_factory=TimeRange)
    event_ledger: bool = False
    original_keys: OriginalKeys | None = field(default=None, repr=False)

    @property
    def ruleset_version(self) -> str:
        """What the ledger keeps as `rules`."""
        return ruleset_version(self.times)

    def decoders(self) -> Decoders:
        """The decoders of all formats."""
        return Decoders(self.times, keeps_event_refs=self.event_ledger)

    def decoders_of_originals(self) -> OriginalDecoders:
        """The decoders of what dead letters hold."""
        return OriginalDecoders(self.times, keeps_event_refs=self.event_ledger)
