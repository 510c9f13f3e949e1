"""`gatemeter export stripe` and others as commands: the journal in ClickHouse, keys, kills, and what is said."""

import json
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gatemeter.billing_systems.delivery import Delivery, Outcome, Result
from gatemeter.billing_systems.journal import ClickHouseJournal
from gatemeter.billing_systems.systems.lago import Lago
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.clock import ManualClock, SystemClock
from gatemeter.errors import ConflictError, DeliveryError, SettingsError
from tests.support.billing_systems.exported import CUSTOMER, EVENT, METER_IDS, NOW, SYSTEMS
from tests.support.billing_systems.fake_system import KEY, Asked, FakeSystem, Fault, Given, served
from tests.support.command_in_process import invoked, run
from tests.support.databases import Store
from tests.support.forked_commands import ForkedCommand, command_pool
from tests.support.gatemeter_command import TIMEOUT_S, environment
from tests.support.plan_files import account, document, written
from tests.support.repository import ROOT
from tests.support.smoke import smoke
from tests.support.stored_rows import usage, usage_rows

pytestmark = pytest.mark.clickhouse

RECENT = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=3)
FLAGS = {"stripe stream": 'api = "v2-stream"', "konnect": 'api = "v3"'}


@dataclass
class Exporting:
    """One store, one fake, and the command between them."""

    name: str
    store: Store
    fake: FakeSystem
    folder: Path

    @property
    def command(self) -> str:
        return {"stripe stream": "stripe", "konnect": "openmeter"}.get(self.name, self.name)

    def arguments(self, *more: str) -> list[str]:
        return [
            *("export", self.command, "--period", f"{RECENT:%Y-%m}", "--out", self.fake.address),
            *("--plans", str(self.folder / "plans.json"), "--mapping", str(self.folder / "billing.toml")),
            *("--key-file", str(self.folder / "key"), *self.store.flags, *more),
        ]

    def used(self, requests: int, *, days: int = 0, partition: int = 0, consumer: str = "acme") -> None:
        """Requests by acme, at noon some days before RECENT."""
        hour = RECENT - timedelta(days=days)
        row = usage(consumer_id=consumer, hour=hour, requests=requests, partition=partition, source="upstream")
        with self.store.client() as client:
            ClickHouseSink(client).write([usage_rows(row)])

    def export(self, *more: str) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads(run(*self.arguments(*more)).stdout)
        return manifest

    @property
    def total(self) -> Decimal:
        return self.fake.total(CUSTOMER, EVENT)


@contextmanager
def exporting(name: str, store: Store, folder: Path, kind: type[FakeSystem] | None = None) -> Iterator[Exporting]:
    command = {"stripe stream": "stripe", "konnect": "openmeter"}.get(name, name)
    mapping = (
        f'[{command}]\n{FLAGS.get(name, "")}\naccounts = {{ acme = "{CUSTOMER}" }}\n'
        f'charges = {{ requests = {{ event_name = "{EVENT}", meter_id = "{METER_IDS.get(name, "mtr_1")}" }} }}\n'
    )
    (folder / "billing.toml").write_text(mapping)
    (folder / "key").write_text(KEY + "\n")
    written(folder / "plans.json", document(accounts=[account(consumers=["acme", "acme-2"])]))
    with served((kind or SYSTEMS[name][1])(SystemClock(), {CUSTOMER})) as fake:
        yield Exporting(name, store, fake, folder)


@pytest.mark.parametrize("name", smoke(SYSTEMS, 1, reason="the same command for each system"))
def test_usage_is_exported_once_and_later_usage_as_an_adjustment(name: str, store: Store, tmp_path: Path) -> None:
    with exporting(name, store, tmp_path) as one:
        one.used(5)
        one.used(7, partition=1)
        first, second = one.export(), one.export()
        assert [each["delivered_now"] for each in (first, second)] == [1, 0]
        assert first["quantities"] == second["quantities"] == {EVENT: "12"}
        assert first["sha256"] == second["sha256"]
        one.used(3, partition=2)
        assert one.export()["adjustments_now"] == 1
        assert one.total == 15
        checked = one.export("--check")
        assert [each["counted"] for each in checked["totals"]] == ["15"]
        with store.client() as client:
            rows = client.query("SELECT * FROM billing_deliveries").result_rows
        assert len(rows) == 4
        assert KEY not in str(rows)


class KillingFake:
    """Kills the exporter behind the `deaths`-th request, once all of it was taken."""

    process: ForkedCommand
    deaths = 2

    def checked(self, asked: Asked) -> Given:
        given: Given = super().checked(asked)  # type: ignore[misc]
        self.deaths -= asked.method == "POST" and not asked.path.endswith("session")
        if self.deaths == 0:
            self.deaths = -1
            os.kill(self.process.pid, signal.SIGKILL)
        return given


@pytest.mark.long(reason="kills the command; exports in process die anywhere in `make test`")
@pytest.mark.parametrize("name", SYSTEMS)
def test_an_export_that_was_killed_goes_on_where_it_was(name: str, store: Store, tmp_path: Path) -> None:
    kind = type("Killing", (KillingFake, SYSTEMS[name][1]), {"deaths": 2 if name == "stripe" else 1})
    with exporting(name, store, tmp_path, kind) as one:
        for days in range(3):
            if (RECENT - timedelta(days=days)).month == RECENT.month:
                one.used(10**days, days=days, partition=days)
        log = tmp_path / "log"
        # The fake has to know whom to kill before the first request comes.
        one.fake.process = command_pool().start(one.arguments(), env=environment(), log=log)  # type: ignore[attr-defined]
        code = one.fake.process.wait(60)  # type: ignore[attr-defined]
        assert code == -signal.SIGKILL, log.read_text()
        one.used(1_000, partition=9)
        one.export()
        expected = sum(10**days for days in range(3) if (RECENT - timedelta(days=days)).month == RECENT.month)
        assert one.total == 1_000 + expected
        assert one.export()["delivered_now"] == 0


@dataclass(frozen=True)
class Death:
    """A step of an export that it dies at, and what the next run finds: events to send, and events that are there."""

    step: str
    sent_anew: int
    known_again: int


DEATHS = {
    "before it sends": Death("begin after", 2, 0),
    "between an answer and the journal": Death("settle before", 0, 2),
    "between the journal and the manifest": Death("settle after", 0, 0),
}


@pytest.mark.long(reason="kills the command at every step; exports in process die anywhere in `make test`")
@pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS)
@pytest.mark.parametrize("name", ["lago", "orb", "stripe"])
def test_an_export_may_die_at_any_step(name: str, death: Death, store: Store, tmp_path: Path) -> None:
    with exporting(name, store, tmp_path) as one:
        one.used(5)
        one.used(7, partition=1, consumer="acme-2")
        manifest_path = tmp_path / "manifest.json"
        arguments = [*death.step.split(), *one.arguments("--output", str(manifest_path))]
        died = subprocess.run(
            [sys.executable, "-m", "tests.support.billing_systems.dying_export", *arguments],
            capture_output=True,
            text=True,
            env=environment(),
            cwd=ROOT,
            timeout=TIMEOUT_S,
        )
        assert died.returncode == -signal.SIGKILL, died.stderr
        assert not manifest_path.exists()
        assert one.total == (0 if death.sent_anew else 12)
        told = one.export()
        assert (told["delivered_now"], told["duplicates"], told["delivered"]) == (death.sent_anew, death.known_again, 2)
        assert told["quantities"] == {EVENT: "12"}
        assert one.total == 12


def test_what_was_not_delivered_ends_with_11_and_is_named(store: Store, tmp_path: Path) -> None:
    with exporting("orb", store, tmp_path) as one:
        one.used(5)
        one.fake.customers.clear()
        found = invoked(*one.arguments())
        assert isinstance(found.exception, DeliveryError)
        assert "not delivered: 1 event;" in str(found.exception)
        assert "refused: 5 api_requests of account acme, consumer acme" in found.stderr
        assert json.loads(found.stdout)["not_sent"] == {"refused": 1}
        one.fake.customers.add(CUSTOMER)
        run(*one.arguments("--output", str(tmp_path / "manifest.json")))
        assert json.loads((tmp_path / "manifest.json").read_text())["delivered"] == 1
        one.fake.events.clear()
        found = invoked(*one.arguments("--check"))
        assert "not as delivered: 1 total;" in str(found.exception)
        assert f"{EVENT} of {CUSTOMER} (account acme): delivered 5, counted 0" in found.stderr


def test_a_dry_run_sends_nothing_and_needs_no_key(store: Store, tmp_path: Path) -> None:
    with exporting("lago", store, tmp_path) as one:
        one.used(5)
        without = [each for each in one.arguments() if each not in ("--key-file", str(tmp_path / "key"))]
        told = json.loads(run(*without, "--dry-run").stdout)
        assert (told["to_send"], told["events"][0]["properties"]) == (1, {"value": "5"})
        assert told["quantities"] == {EVENT: "5"}
        assert one.fake.asked == []
        found = invoked(*without)
        assert isinstance(found.exception, SettingsError)
        assert "nothing of this period was delivered" in str(invoked(*one.arguments("--check")).exception)
        assert "set GATEMETER_LAGO_KEY" in str(found.exception)
        run(*without, env={"GATEMETER_LAGO_KEY": KEY})
        assert one.total == 5
        mapping = tmp_path / "billing.toml"
        mapping.write_text(mapping.read_text().replace("[lago]", '[lago]\nenvironment = "eu"'))
        told = one.export()
        assert (told["destination"], told["duplicates"]) == (f"{one.fake.address} (eu)", 1)


@pytest.mark.long(reason="exports an old event; unit tests have old events, and other dry runs are in `make test`")
def test_a_dry_run_ends_as_the_run_would_where_something_is_too_old(store: Store, tmp_path: Path) -> None:
    with exporting("orb", store, tmp_path) as one:
        one.used(5)
        mapping = tmp_path / "billing.toml"
        mapping.write_text(mapping.read_text().replace("[orb]", "[orb]\ngrace_hours = 24"))
        shown = invoked(*one.arguments("--dry-run"))
        assert isinstance(shown.exception, DeliveryError)
        assert shown.exception.exit_code == 11
        assert "too old: 5 api_requests of account acme" in shown.stderr
        assert [json.loads(shown.stdout)[name] for name in ("to_send", "not_sent")] == [0, 1]
        assert isinstance(invoked(*one.arguments()).exception, DeliveryError)
        assert one.fake.asked == []


def test_two_runs_at_once_do_not_both_send(store: Store) -> None:
    clock = ManualClock(NOW)
    delivery = Delivery("key", 0, "2026-03", "acme", "acme", "requests", CUSTOMER, EVENT, NOW, Decimal("2.5"))
    with store.client() as client:
        first, second, third = (
            ClickHouseJournal(client, Lago(), "https://api", "2026-03", run, clock) for run in "123"
        )
        first.begin([delivery], resumes=False)
        with pytest.raises(ConflictError, match="another run has sent or is sending gm-"):
            second.begin([delivery], resumes=False)
        with pytest.raises(ConflictError):
            second.begin([replace(delivery, quantity=Decimal(3))], resumes=True)
        clock.advance(1)
        third.begin([delivery], resumes=True)
        [history] = third.histories()
        assert history.open is not None
        assert (history.open.delivery, history.open.at, history.open.run) == (delivery, NOW, "1")
        third.withdraw([delivery])
        assert list(third.histories()) == list(first.histories())
        third.settle([delivery], [Outcome(Result.UNANSWERED)])
        assert list(third.histories()) == list(first.histories())
        clock.advance(1)
        third.settle([delivery], [Outcome(Result.REFUSED, "no")])
        assert list(third.histories()) == []
        first.begin([delivery], resumes=False)
        first.settle([delivery], [Outcome(Result.DUPLICATE)])
        assert [each.quantity for each in third.histories()] == [Decimal("2.5")]
        with pytest.raises(ConflictError):
            second.begin([delivery], resumes=True)


@pytest.mark.long(reason="exports to a broken system; unit tests have its answers, and a kill is in `make test`")
def test_a_broken_system_leaves_what_it_took_in_the_journal(store: Store, tmp_path: Path) -> None:
    with exporting("lago", store, tmp_path) as one:
        one.used(5)
        one.fake.faults = deque([Fault.LIE] * 5)
        found = invoked(*one.arguments())
        assert isinstance(found.exception, DeliveryError)
        assert found.stdout == ""
        one.used(2, partition=1)
        assert one.export()["quantities"] == {EVENT: "7"}
        assert one.total == 7


def test_a_plan_file_without_a_consumer_takes_nothing_back_by_surprise(store: Store, tmp_path: Path) -> None:
    """A dry run tells, the run refuses, and with --take-back it is done; by the same file corrections need no word."""
    with exporting("lago", store, tmp_path) as one:
        one.used(5)
        one.used(7, partition=1, consumer="acme-2")
        one.export()
        one.used(4)
        assert one.export()["adjustments_now"] == 1
        written(tmp_path / "plans.json", document(accounts=[account(consumers=["acme"])]))
        shown = invoked(*one.arguments("--dry-run"))
        why = "the plan file says something else of it"
        what = f"take back 7 api_requests of account acme (charge requests, 1 event: {why})"
        assert f"without --take-back it is refused: it would {what}" in shown.stderr
        assert json.loads(shown.stdout)["needs_take_back"] is True
        found = invoked(*one.arguments())
        assert isinstance(found.exception, ConflictError)
        assert what in str(found.exception)
        assert found.stdout == ""
        assert one.total == 11
        assert one.export("--take-back")["quantities"] == {EVENT: "4"}
        assert one.total == 4
