"""What was delivered of each usage before, folded from the journal."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import groupby

from gatemeter.billing.rating import total
from gatemeter.billing_systems.delivery import Delivery


class State(StrEnum):
    """What a row of the journal says of a delivery."""

    SENDING = "sending"
    """About to be sent: from here on it may have arrived."""
    DELIVERED = "delivered"
    REFUSED = "refused"
    """The system has said that it does not count it."""
    WITHDRAWN = "withdrawn"
    """It was never sent."""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One row of the journal; `content_sha256` is the hash of the event as it was sent."""

    delivery: Delivery
    content_sha256: str
    state: State
    answer: str
    run: str
    at: datetime


@dataclass(slots=True)
class Part:
    """What the journal says of one event: by run, what was sent and not refused since, and what has arrived."""

    sendings: dict[str, JournalRow] = field(default_factory=dict)
    delivered: JournalRow | None = None

    @property
    def told(self) -> tuple[datetime, str] | None:
        """When it was sent first, and its basis; None where it may not have arrived."""
        rows = [*self.sendings.values(), *([self.delivered] if self.delivered else ())]
        return min(((row.at, row.delivery.basis) for row in rows), default=None)


@dataclass(slots=True)
class UsageHistory:
    """The parts of one usage that have arrived, and the one of which that is not known, which was `tried_at` last.

    `told_last` is the basis of the part that was made last, behind the time at which that was sent first.
    """

    delivered: list[JournalRow] = field(default_factory=list)
    open: JournalRow | None = None
    tried_at: datetime | None = None
    told_last: tuple[datetime, str] | None = None

    @property
    def quantity(self) -> Decimal:
        """What has arrived, in the system's unit."""
        return total([each.delivery.quantity for each in self.delivered])

    @property
    def next_part(self) -> int:
        """The number of the part that follows."""
        return max((each.delivery.part for each in self.delivered), default=-1) + 1

    @property
    def any_row(self) -> JournalRow:
        """A row of it; there is one."""
        return self.open or self.delivered[0]

    @property
    def key(self) -> str:
        """The key of the usage that was delivered."""
        return self.any_row.delivery.usage_key

    @property
    def is_adjusted(self) -> bool:
        """Whether the first event of it was changed by further ones."""
        return len(self.delivered) > 1


def parts_of(rows: Iterable[JournalRow]) -> dict[tuple[str, int], Part]:
    """What rows in order of time say, by key of the usage and number of the part."""
    parts: dict[tuple[str, int], Part] = {}
    for row in rows:
        part = parts.setdefault((row.delivery.usage_key, row.delivery.part), Part())
        match row.state:
            case State.SENDING:
                part.sendings.setdefault(row.run, row)
            case State.DELIVERED:
                part.delivered = part.delivered or row
            case State.WITHDRAWN:
                part.sendings.pop(row.run, None)
            case State.REFUSED:
                sent = part.sendings.items()
                part.sendings = {run: each for run, each in sent if each.content_sha256 != row.content_sha256}
    return parts


def folded(rows: Iterable[JournalRow]) -> Iterator[UsageHistory]:
    """The histories that rows tell, in their order, which is that of the ids of deliveries, then of time.

    Of an event that may have arrived the first attempt counts: what was sent then is what is there.
    """
    for _, of_usage in groupby(rows, key=lambda row: row.delivery.usage_key):
        history = UsageHistory()
        for part in parts_of(of_usage).values():
            if part.told is not None:
                history.told_last = max(history.told_last or part.told, part.told)
            if part.delivered is not None:
                history.delivered.append(part.delivered)
            elif part.sendings:
                attempts = list(part.sendings.values())
                history.open, history.tried_at = attempts[0], max(each.at for each in attempts)
        if history.delivered or history.open:
            yield history
