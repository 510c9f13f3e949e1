"""How a log is turned into rows: the decoders, the prices, and the name of the counting rules.

Rows are a function of the log and of these rules. The ledger keeps their name with every epoch; where it is another
one, stored rows stay as they are and counting goes on after them (`start_position`), so no epoch is ever a mixture.
"""

from dataclasses import dataclass, field

from gatemeter.events.time_range import TimeRange
from gatemeter.formats.registry import Decoders
from gatemeter.pricing.price_table import PriceTable

RULES_REVISION = "3"
"""Raised when events decode to other rows than before. Prices are no part of it: they have a version of their own."""


def rules_name(times: TimeRange) -> str:
    """The revision, and what of the settings decides about rows where it is not the default."""
    return RULES_REVISION if times == TimeRange() else f"{RULES_REVISION};times={times.from_ms}..{times.to_ms}"


@dataclass(frozen=True, slots=True)
class Metering:
    """`prices` are applied to rows of LLM usage when they are taken to be written.

    With `event_ledger` a row is kept of every event that can be read; it changes nothing of what is counted, so it is
    no part of the rules.
    """

    prices: PriceTable
    times: TimeRange = field(default_factory=TimeRange)
    event_ledger: bool = False

    @property
    def rules(self) -> str:
        """The name of the counting rules."""
        return rules_name(self.times)

    def decoders(self) -> Decoders:
        """The decoders of all formats."""
        return Decoders(self.times, keeps_event_refs=self.event_ledger)
