"""How a watcher of budgets, and what keeps entitlements, are put together."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import click

from gatemeter.budgets.announcing import Attempt
from gatemeter.budgets.budget_files import load_budgets
from gatemeter.budgets.entitlement_refresh import EntitlementRefresh
from gatemeter.budgets.evaluation import Evaluator
from gatemeter.budgets.watching import Watcher
from gatemeter.budgets.webhook_target import WebhookTarget, read_secret
from gatemeter.clock import SystemClock
from gatemeter.embedded.data_dir import DataDir
from gatemeter.errors import SettingsError
from gatemeter.plans.plan_files import load_plans
from gatemeter.wiring.store import open_store


@contextmanager
def budget_watcher(
    evaluator: Evaluator,
    data: Path | None,
    clickhouse: str | None,
    kafka: str | None,
    topic: str,
    note: Callable[[str], None],
) -> Iterator[Watcher]:
    """A watcher over a store, which announces to `topic` at `kafka` (else at the broker of the stack on `data`).

    `note` gets what people need to know.

    Raises SettingsError without anybody to tell, and KafkaUnavailable.
    """
    running = None if data is None or kafka else DataDir(data).running()
    brokers = running.kafka if running else kafka
    webhooks = [WebhookTarget(each, read_secret(each)) for each in evaluator.book.webhooks]
    if brokers is None and not webhooks:
        raise SettingsError("there is nobody to tell", do="give --kafka, or declare [[webhooks]] in the budget file")
    with ExitStack() as stack:
        announced_to = None
        if brokers is not None:
            # Kafka's client takes a while to import.
            from gatemeter.budgets.crossings_topic import CrossingsTopic

            announced_to = CrossingsTopic(brokers, topic)
            stack.callback(announced_to.close)
        opened = partial(open_store, data, clickhouse)
        yield Watcher(evaluator, opened, webhooks, announced_to, topic, SystemClock(), _print, note)


def entitlement_refresh(budgets: Path, plans: Path | None) -> EntitlementRefresh:
    """What keeps the entitlements of a budget file, for accounts of a plan file. Raises InputError."""
    accounts = None if plans is None else load_plans(plans)
    return EntitlementRefresh(Evaluator(load_budgets(budgets, accounts), accounts), SystemClock())


def _print(attempt: Attempt) -> None:
    record = {
        "crossing": attempt.crossing_id,
        "target": attempt.target,
        "attempt": attempt.number,
        "at": f"{attempt.at:%Y-%m-%dT%H:%M:%SZ}",
        "outcome": attempt.outcome.value,
        "detail": attempt.detail,
    }
    click.echo(json.dumps(record))
