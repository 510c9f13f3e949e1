"""Sends deliveries so that each is counted once, whatever fails in between.

The journal has every delivery before it is sent. One that is not answered stays in doubt there, and the next run sends
it again under the same id with the same content, which the system knows again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from gatemeter.billing_systems.billing_system import Answer, Ask, BillingSystem, NotTakenError
from gatemeter.billing_systems.delivery import Delivery, Outcome, Result
from gatemeter.billing_systems.export import Export
from gatemeter.billing_systems.journal import Journal
from gatemeter.errors import DeliveryError
from gatemeter.output.text import count_of

Item = TypeVar("Item")

AT_ONCE = 100
"""Deliveries that the journal remembers with one insert."""
MOST_ROUNDS = 5
"""How often an event is sent whose answers do not say what became of it."""

OnProgress = Callable[[int], None]
"""How many deliveries of this run the system has by now."""


def send(
    deliveries: Iterable[Delivery],
    system: BillingSystem,
    ask: Ask,
    journal: Journal,
    export: Export,
    on_progress: OnProgress = lambda _: None,
    *,
    resumes: bool = False,
) -> None:
    """Send all, and add to `export` what became of them, also where this ends with an error.

    With `resumes` they were sent before, and nothing says what became of them.

    Raises DeliveryError where the system gives no answers, and as the journal does.
    """
    for chunk in batches(deliveries, AT_ONCE):
        journal.begin(chunk, resumes=resumes)
        sender = _Sender(system, ask, export, untaken={each.id: each for each in chunk})
        try:
            for batch in batches(chunk, system.limits.batch_size):
                _send_batch(batch, sender)
                on_progress(export.arrived)
        except BaseException:  # also of somebody who presses Ctrl-C
            journal.withdraw(list(sender.untaken.values()))
            raise
        finally:
            journal.settle(sender.answered, sender.outcomes)


@dataclass(slots=True)
class _Sender:
    """The answers about one chunk: the journal gets them together, for an insert takes longer than an event.

    `untaken` has by id what no request was made for that may have arrived.
    """

    system: BillingSystem
    ask: Ask
    export: Export
    untaken: dict[str, Delivery]
    answered: list[Delivery] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def answer(self, deliveries: Sequence[Delivery]) -> Answer:
        tried = {each.id: each for each in deliveries if self.untaken.pop(each.id, None)}
        try:
            return self.ask(self.system.request(deliveries))
        except NotTakenError:
            self.untaken |= tried
            raise

    def settle(self, deliveries: Sequence[Delivery], outcomes: Sequence[Outcome]) -> None:
        self.answered += deliveries
        self.outcomes += outcomes
        self.export.answered(deliveries, outcomes)


def _send_batch(batch: Sequence[Delivery], sender: _Sender) -> None:
    left: Sequence[Delivery] = batch
    rounds = MOST_ROUNDS if sender.system.limits.knows_ids else 1
    for _ in range(rounds):
        answer = sender.answer(left)
        outcomes = sender.system.outcomes(left, answer)
        if outcomes is None:
            _refused_as_a_whole(left, answer, sender)
            return
        sender.settle(left, outcomes)
        pairs = zip(left, outcomes, strict=True)
        left = [each for each, outcome in pairs if outcome.result is Result.UNANSWERED]
        if not left:
            return
    raise DeliveryError(
        f"{count_of(rounds, 'answer')} did not say what became of {left[0].id}",
        where=sender.system.name,
        do="check that the address is that of the system itself, and run the export again",
    )


def _refused_as_a_whole(batch: Sequence[Delivery], answer: Answer, sender: _Sender) -> None:
    """One of many may be the reason: halves are sent on their own."""
    if len(batch) == 1:
        sender.settle(batch, [Outcome(Result.REFUSED, answer.shortened)])
        return
    middle = len(batch) // 2
    for half in (batch[:middle], batch[middle:]):
        _send_batch(half, sender)


def batches(items: Iterable[Item], size: int) -> Iterator[Sequence[Item]]:
    """`items` in order, `size` at a time."""
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch
