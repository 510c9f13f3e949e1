"""What is delivered to a billing system, and what it answers: the words that all systems share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any, Protocol

import msgspec

from gatemeter.errors import DeliveryError
from gatemeter.plans.amount import plain

_ENCODER = msgspec.json.Encoder(order="deterministic", decimal_format="number")
"""Decimals are numbers with all their digits."""
_NUMBERS = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Usage:
    """How much a consumer of an account used of a charge's meter within [start, end), both in UTC.

    `key` names all that but the quantity, and is the same in every run. A `quantity` of None is not known, which is
    not 0: nothing is sent for it, and nothing taken back. `missing` counts the events that are in no quantity, for
    nothing says how much they are.
    """

    key: str
    account: str
    consumer: str
    charge: str
    start: datetime
    end: datetime
    quantity: Decimal | None
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for a billing system.

    `part` 0 is the first of its usage, later ones adjust what was delivered before. `occurred_at` is a whole second in
    UTC. `quantity` is in the system's unit and may be negative in an adjustment. `basis` says what it was told by
    (`Basis.text`); the system does not get it.
    """

    usage_key: str
    part: int
    period: str
    account: str
    consumer: str
    charge: str
    customer: str
    event_name: str
    occurred_at: datetime
    quantity: Decimal
    basis: str = ""

    @property
    def id(self) -> str:
        """What the system knows the event by: 40 characters at most, the same whenever it is sent again."""
        return f"gm-{usage_id(self.usage_key)}-{self.part}"


def usage_id(key: str) -> str:
    """What ids of the deliveries of a usage have in common; the journal has them in the order of it."""
    return sha256(key.encode()).hexdigest()[:32]


class Result(StrEnum):
    """What became of a delivery."""

    DELIVERED = "delivered"
    DUPLICATE = "duplicate"
    """The system has an event with this id: an earlier attempt had arrived."""
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    """The answer does not say; sent again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The system's answer about one delivery; `reason` is its own words."""

    result: Result
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `path` may be a whole URL, for an API that lives on a host of its own.

    What is in one that is not `is_repeatable` would count twice: it is sent again only where it cannot have arrived.
    """

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_repeatable: bool = True


class NotTakenError(DeliveryError):
    """The request was not taken: it was refused as a whole for the key or the address, or it never arrived."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is whole, whatever its status."""

    status: int
    body: bytes = b""

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def document(self) -> Any:
        """The JSON in it, with numbers that are not whole as decimals; None where it is not JSON."""
        try:
            return _NUMBERS.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    @property
    def shortened(self) -> str:
        """Its status and the begin of its text."""
        return f"{self.status} {self.body[:200].decode('utf-8', 'replace')}".strip()


Ask = Callable[[Request], Answer]
"""Sends one request, again where that may help; raises DeliveryError after that, or NotTakenError."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a system takes.

    Events older than `oldest` or further ahead than `ahead` are refused by it; None: any. It knows an id again for
    `remembers`; None: for good, 0: not at all. `batch_size` events fit into a request.
    """

    batch_size: int
    oldest: timedelta | None = None
    ahead: timedelta | None = None
    remembers: timedelta | None = None

    @property
    def knows_ids(self) -> bool:
        """Whether an event that is sent twice counts once."""
        return self.remembers != timedelta(0)


@dataclass(frozen=True, slots=True)
class Counted:
    """What the system is asked about afterwards: everything of `event_name` of a customer within [start, end).

    `meter` is the system's own id of what counts these events, `ids` are those of all that was delivered, read once.
    """

    customer: str
    event_name: str
    meter: str | None
    start: datetime
    end: datetime
    ids: Iterable[str]


class BillingSystem(Protocol):
    """How one system is spoken to. Everything but `total` is pure."""

    name: str
    limits: Limits

    def unfit(self, delivery: Delivery) -> str | None:
        """Why the system cannot take this quantity; None where it can."""

    def event(self, delivery: Delivery) -> Mapping[str, Any]:
        """The delivery as the system writes events."""

    def request(self, deliveries: Sequence[Delivery]) -> Request:
        """One request for at most `limits.batch_size` deliveries."""

    def outcomes(self, deliveries: Sequence[Delivery], answer: Answer) -> Sequence[Outcome] | None:
        """The answer about each; None where it refuses the request and does not say for which of them."""

    def total(self, counted: Counted, ask: Ask) -> Decimal:
        """What the system itself has counted. Raises DeliveryError where it does not say."""


def encoded(document: object) -> bytes:
    """JSON with members in a fixed order."""
    return _ENCODER.encode(document)


def content_sha256(event: Mapping[str, Any]) -> str:
    """The hash of an event as it is sent."""
    return sha256(encoded(event)).hexdigest()


def shortest(quantity: Decimal) -> Decimal:
    """The same number without exponent and zeros at the end, so that an event is written alike whenever it is sent."""
    return Decimal(plain(quantity))


def rfc3339(moment: datetime) -> str:
    """`2026-02-01T00:00:00Z`, of a time in UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def all_of(deliveries: Sequence[Delivery], result: Result, reason: str = "") -> list[Outcome]:
    """One outcome for each."""
    return [Outcome(result, reason)] * len(deliveries)
