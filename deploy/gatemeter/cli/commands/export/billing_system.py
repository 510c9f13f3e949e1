"""`gatemeter export stripe|openmeter|lago|orb|metronome`: usage for systems that bill."""

import os
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from clickhouse_connect.driver.client import Client

from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing_systems.address import Address
from gatemeter.billing_systems.billing_system import Ask, BillingSystem
from gatemeter.billing_systems.client import BillingClient
from gatemeter.billing_systems.delivery import Usage
from gatemeter.billing_systems.export import Export
from gatemeter.billing_systems.export_run import ExportRun
from gatemeter.billing_systems.exported_usage import bases_of, exported_usages
from gatemeter.billing_systems.journal import ClickHouseJournal
from gatemeter.billing_systems.manifest import manifest
from gatemeter.billing_systems.mapping_file import default_url, load_mapping, system_of
from gatemeter.billing_systems.stripe_session import StripeSession
from gatemeter.billing_systems.systems.stripe_stream import StripeStream
from gatemeter.cli.commands.export.delivered import (
    preview,
    put_out,
    require_all_deliverable,
    require_nothing_to_send,
    say_and_refuse,
)
from gatemeter.cli.options.billing_systems import api_key, billing_system_options, key_variable
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.plans import period_option, plans_option
from gatemeter.cli.output import say
from gatemeter.clock import Clock, SystemClock
from gatemeter.errors import SettingsError
from gatemeter.exports.exported_period import exported_period
from gatemeter.exports.usage_rows import Grain
from gatemeter.plans.plan_files import load_plans
from gatemeter.progress import report_progress
from gatemeter.wiring.store import open_store

_FILE = click.Path(path_type=Path, dir_okay=False)
_NO_KEY = "no-key-given"

_HELP = """Deliver the usage of a period to {title}, each of it once.

The journal in the store knows what was delivered: run it again after any failure, and later usage goes as an
adjustment. The mapping file says what accounts and charges are called there. The manifest goes to stdout.

The exit code is 11 where something was not delivered, or with --dry-run would not be, or --check finds another total.
See docs/billing-systems.md.
"""
_TITLES = {
    "stripe": "Stripe",
    "openmeter": "OpenMeter or Konnect",
    "lago": "Lago",
    "orb": "Orb",
    "metronome": "Metronome",
}


@dataclass(frozen=True, slots=True)
class _Options:
    period: BillingPeriod
    grain: Grain
    plans: Path
    mapping: Path
    out: str | None
    key_file: Path | None
    output: Path | None
    dry_run: bool
    check: bool
    settle_doubtful: bool
    take_back: bool


def billing_system_command(name: str) -> click.Command:
    """`gatemeter export NAME`."""

    @click.command(name, help=_HELP.format(title=_TITLES[name]), short_help=f"Deliver usage to {_TITLES[name]}.")
    @store_options
    @plans_option
    @period_option()
    @billing_system_options(name)
    @click.option(
        "--grain",
        type=click.Choice([each.value for each in Grain]),
        default=Grain.DAY.value,
        show_default=True,
        help="One event an hour, or a day of the account's time zone.",
    )
    @click.option("--check", is_flag=True, help="Deliver nothing: ask what the system has counted, and compare.")
    @click.option(
        "--settle-doubtful",
        is_flag=True,
        help="Ask the system for its totals, to learn what became of events that it left without an answer for long.",
    )
    @click.option(
        "--take-back",
        is_flag=True,
        help="Take back what was delivered and is not used by the plan file, mapping and grain that are given now.",
    )
    @click.option(
        "--dry-run", is_flag=True, help="Send nothing: say how much would be sent, and what not. It needs no key."
    )
    @click.option("--output", type=_FILE, metavar="FILE", help="Write the manifest to FILE, whole or not at all.")
    def command(data: Path | None, clickhouse: str | None, **options: Any) -> None:
        if sum(bool(options[name]) for name in ("check", "dry_run", "settle_doubtful")) > 1:
            raise SettingsError("--check, --dry-run and --settle-doubtful exclude each other", do="give one of them")
        asked = _Options(
            period=BillingPeriod.parse(options.pop("period")), grain=Grain(options.pop("grain")), **options
        )
        with open_store(data, clickhouse) as client:
            _export(client, name, asked)

    return command


def _export(client: Client, name: str, options: _Options) -> None:
    mapping = load_mapping(options.mapping, name)
    system = system_of(name, mapping, is_vendors_own=options.out is None)
    has_key = options.key_file is not None or key_variable(name) in os.environ
    key = api_key(name, options.key_file) if has_key or not options.dry_run else _NO_KEY
    address = Address(options.out or default_url(name, mapping), key, mapping.environment)
    exported = exported_period(client, load_plans(options.plans), options.period)
    for note in exported.notes:
        say(note)
    clock, period = SystemClock(), str(options.period)
    run = f"{clock.now():%Y-%m-%dT%H:%M:%S.%fZ}-{os.getpid()}"
    journal = ClickHouseJournal(client, system, address.destination, period, run, clock)
    bases = bases_of(client, exported, options.grain, mapping)
    export_run = ExportRun(system, mapping, period, journal, clock, bases, takes_back=options.take_back)
    usages = exported_usages(client, exported, options.grain)
    if options.dry_run:
        with export_run.plan(usages) as plan:
            put_out(preview(plan, system), options.output)
            require_all_deliverable(plan)
        return
    with closing(BillingClient(address, clock=clock)) as billing_client, Export() as export:
        ask = _ask(system, billing_client, clock)
        if options.check:
            spans = options.period.spans(client, exported.book.accounts)
            export_run.check({name: (each.start, each.end) for name, each in spans.items()}, ask, export)
            if not export.totals:
                require_nothing_to_send(export_run, usages)
        else:
            _deliver(usages, options, export_run, ask, export)
        put_out(manifest(system, address.destination, period, journal.histories(), export), options.output)
        say_and_refuse(export)


def _ask(system: BillingSystem, client: BillingClient, clock: Clock) -> Ask:
    return StripeSession(client, clock).ask if isinstance(system, StripeStream) else client.ask


def _deliver(usages: Iterable[Usage], options: _Options, export_run: ExportRun, ask: Ask, export: Export) -> None:
    with report_progress("export", None, unit="events delivered") as progress:

        def on_progress(done: int) -> None:
            progress.update(done, done)

        export_run.deliver(usages, ask, export, on_progress, asks_doubts=options.settle_doubtful)
