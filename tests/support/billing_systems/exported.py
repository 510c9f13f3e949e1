"""Exports in process: usage of a few hours, a journal that outlives a kill, and a way to ask that can fail."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from gatemeter.billing_systems.billing_system import Answer, BillingSystem, Request, content_sha256
from gatemeter.billing_systems.delivery import Delivery, Outcome, Result, Usage
from gatemeter.billing_systems.export import Export
from gatemeter.billing_systems.export_run import ExportRun
from gatemeter.billing_systems.history import JournalRow, State, UsageHistory, folded
from gatemeter.billing_systems.mapping_file import Mapping
from gatemeter.billing_systems.systems.lago import Lago
from gatemeter.billing_systems.systems.metronome import Metronome
from gatemeter.billing_systems.systems.openmeter import OpenMeter
from gatemeter.billing_systems.systems.orb import Orb
from gatemeter.billing_systems.systems.stripe import Stripe
from gatemeter.billing_systems.systems.stripe_stream import StripeStream
from gatemeter.billing_systems.unsent import Unsent
from gatemeter.clock import Clock
from gatemeter.errors import DeliveryError
from tests.support.billing_systems.fake_lago import FakeLago
from tests.support.billing_systems.fake_metronome import FakeMetronome
from tests.support.billing_systems.fake_openmeter import KONNECT_METER, FakeOpenMeter
from tests.support.billing_systems.fake_orb import FakeOrb
from tests.support.billing_systems.fake_stripe import TOKEN, FakeStripe
from tests.support.billing_systems.fake_system import KEY, TAKEN, FakeSystem, Fault, asked_of

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
CUSTOMER = "cus_acme"
EVENT = "api_requests"
MAPPING = Mapping.model_validate(
    {
        "accounts": {"acme": CUSTOMER},
        "charges": {"requests": {"event_name": EVENT, "meter_id": "mtr_1"}},
    }
)
BASES = {("acme", "requests"): "hour 1 plan-1"}
METER_IDS = {"openmeter": EVENT, "konnect": KONNECT_METER, "metronome": "metric-1"}
"""Where they are not `mtr_1`."""

SYSTEMS: dict[str, tuple[Callable[[], BillingSystem], type[FakeSystem]]] = {
    "stripe": (Stripe, FakeStripe),
    "stripe stream": (StripeStream, FakeStripe),
    "openmeter": (OpenMeter, FakeOpenMeter),
    "konnect": (lambda: OpenMeter("v3"), FakeOpenMeter),
    "lago": (Lago, FakeLago),
    "orb": (Orb, FakeOrb),
    "metronome": (Metronome, FakeMetronome),
}


def mapping_for(name: str) -> Mapping:
    """MAPPING with the id of the fake's meter."""
    meter = METER_IDS.get(name, "mtr_1")
    charges = {"requests": {"event_name": EVENT, "meter_id": meter}}
    return Mapping.model_validate({**MAPPING.model_dump(), "charges": charges})


def usage(hours_ago: int, quantity: int | str | None, *, missing: int = 0, **values: str) -> Usage:
    """What acme used in a whole hour before NOW."""
    end = NOW.replace(minute=0) - timedelta(hours=hours_ago - 1)
    start = end - timedelta(hours=1)
    named = {"account": "acme", "consumer": "acme", "charge": "requests", **values}
    key = f"{start:%d%H} {sorted(named.items())}"
    amount = None if quantity is None else Decimal(quantity)
    return Usage(key=key, start=start, end=end, quantity=amount, missing=missing, **named)


@dataclass
class RememberedJournal:
    """A journal in memory with the rows that ClickHouse would have; `run` is changed by whoever begins another."""

    system: BillingSystem
    clock: Clock
    rows: list[JournalRow] = field(default_factory=list)
    run: str = "1"

    def histories(self, ids: Sequence[str] = ()) -> Iterator[UsageHistory]:
        """What was delivered before."""
        rows = [each for each in self.rows if not ids or each.delivery.id in ids]
        return folded(sorted(rows, key=lambda each: each.delivery.id))

    def begin(self, deliveries: Sequence[Delivery], *, resumes: bool) -> None:
        """Remember these."""
        self.rows += [self._row(each, State.SENDING) for each in deliveries]

    def withdraw(self, deliveries: Sequence[Delivery]) -> None:
        """Remember that these were not sent."""
        self.rows += [self._row(each, State.WITHDRAWN) for each in deliveries]

    def settle(self, deliveries: Sequence[Delivery], outcomes: Sequence[Outcome]) -> None:
        """Remember the answers."""
        for delivery, outcome in zip(deliveries, outcomes, strict=True):
            if outcome.result is not Result.UNANSWERED:
                state = State.REFUSED if outcome.result is Result.REFUSED else State.DELIVERED
                self.rows.append(self._row(delivery, state))

    def _row(self, delivery: Delivery, state: State) -> JournalRow:
        content = content_sha256(self.system.event(delivery))
        return JournalRow(delivery, content, state, "", self.run, self.clock.now())


def in_process(fake: FakeSystem) -> Callable[[Request], Answer]:
    """Asks the fake as a client does that does not try again: a fault ends with DeliveryError."""

    def ask(request: Request) -> Answer:
        path = request.path
        secret = TOKEN if path.endswith("meter_event_stream") else KEY
        if secret == TOKEN:
            fake.answer(asked_of("POST", "/v2/billing/meter_event_session", {"Stripe-Version": "1"}, b""))
        asked = asked_of(request.method, path, {**request.headers, "Authorization": f"Bearer {secret}"}, request.body)
        fault = fake.next_fault(asked)
        given = fake.checked(asked) if fault in TAKEN or fault is None else None
        if fault is Fault.LIE:
            return Answer(200, b"<html>welcome</html>")
        if given is None or fault is not None:
            raise DeliveryError(f"{fault}")
        return Answer(given.status, given.body)

    return ask


def delivered(run: ExportRun, usages: Sequence[Usage], ask: Callable[[Request], Answer]) -> list[Unsent]:
    """Deliver; what was not sent."""
    with Export() as export:
        run.deliver(usages, ask, export)
        return list(export.unsent)
