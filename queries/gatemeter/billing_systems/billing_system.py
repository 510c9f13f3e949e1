"""How a billing system is spoken to: what it is asked, what it answers, and what it takes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Protocol

import msgspec

from gatemeter.billing_systems.delivery import Delivery, Outcome
from gatemeter.errors import DeliveryError

_ENCODER = msgspec.json.Encoder(order="deterministic", decimal_format="number")
"""Decimals are numbers with all their digits."""
_NUMBERS = msgspec.json.Decoder(float_hook=Decimal)


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


def rfc3339(moment: datetime) -> str:
    """`2026-02-01T00:00:00Z`, of a time in UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
