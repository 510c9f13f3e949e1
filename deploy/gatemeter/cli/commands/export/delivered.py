"""What `gatemeter export stripe` and others print: manifests, previews, and what was not delivered."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path

import click
import msgspec

from gatemeter.billing_systems.billing_system import BillingSystem
from gatemeter.billing_systems.delivery import Usage
from gatemeter.billing_systems.delivery_plan import DeliveryPlan
from gatemeter.billing_systems.export import Export
from gatemeter.billing_systems.export_run import ExportRun
from gatemeter.billing_systems.manifest import Quantities
from gatemeter.billing_systems.unsent import Why
from gatemeter.cli.output import say
from gatemeter.errors import DeliveryError
from gatemeter.output.result_file import write_whole
from gatemeter.output.text import count_of

_MOST_NAMED = 20
_MOST_SHOWN = 3


def put_out(pieces: Iterable[bytes], path: Path | None) -> None:
    """A document to stdout, or to a file, which is whole or not there."""
    if path is not None:
        write_whole(path, pieces)
        return
    for each in pieces:
        click.echo(each, nl=False)


def preview(plan: DeliveryPlan, system: BillingSystem) -> Iterator[bytes]:
    """What would be sent, with the first events; what would not, and what would be refused, is said on stderr."""
    _, doubtful = plan.resumed()
    for unsent in islice(chain(doubtful, plan.unsent), _MOST_NAMED):
        say(str(unsent))
    _say_missing(+plan.planner.missing)
    surprises = list(plan.planner.taken_back.surprises())
    for surprise in surprises[:_MOST_NAMED]:
        say(f"without --take-back it is refused: it would {surprise}")
    found = Quantities()
    for delivery in plan.deliveries:
        found.add(delivery)
    document = {
        "to_send": len(plan.deliveries),
        "unchanged": plan.planner.unchanged,
        "not_sent": len(plan.unsent) + len(doubtful),
        "needs_take_back": bool(surprises),
        "quantities": found.written,
        "events": [system.event(each) for each in islice(plan.deliveries, _MOST_SHOWN)],
    }
    yield msgspec.json.format(msgspec.json.encode(document)) + b"\n"


def require_all_deliverable(plan: DeliveryPlan) -> None:
    """Raise DeliveryError where a run would leave out something whose hours are over, as the run itself would."""
    _, doubtful = plan.resumed()
    left_out = sum(unsent.why is not Why.NOT_OVER for unsent in chain(doubtful, plan.unsent))
    if left_out:
        raise DeliveryError(
            f"would not be delivered: {count_of(left_out, 'event')}",
            do="see above which and why, and the docs; nothing was sent, for this is a dry run",
        )


def require_nothing_to_send(export_run: ExportRun, usages: Iterable[Usage]) -> None:
    """A check that has nothing to compare must not look like one that has found everything."""
    with export_run.plan(usages, ()) as plan:
        if len(plan.deliveries):
            raise DeliveryError(
                "nothing of this period was delivered to this address and environment",
                do="deliver it, or check --out, environment and the key",
            )


def say_and_refuse(export: Export) -> None:
    """Name what is wrong. Raises DeliveryError where something is."""
    _say_missing(export.missing)
    differing = [each for each in export.totals or () if not each.agrees]
    undelivered = 0
    for each in differing[:_MOST_NAMED]:
        say(str(each))
    for unsent in export.unsent:
        if unsent.why is not Why.NOT_OVER:
            undelivered += 1
            if len(differing) + undelivered <= _MOST_NAMED:
                say(str(unsent))
    if differing:
        raise DeliveryError(
            f"not as delivered: {count_of(len(differing), 'total')}",
            do="counting may lag behind: check again later; then look for usage from elsewhere, or refused later",
        )
    if undelivered:
        raise DeliveryError(
            f"not delivered: {count_of(undelivered, 'event')}",
            do="see not_sent_events in the manifest, and the docs",
        )


def _say_missing(missing: Mapping[tuple[str, str], int]) -> None:
    for (account, charge), events in sorted(missing.items()):
        say(f"{count_of(events, 'event')} of account {account}, charge {charge}: nothing says how much, not delivered")
