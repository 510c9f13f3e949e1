"""The examples of the help that need nothing but a log and a metered directory run as they are written."""

import os
import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gatemeter.billing_systems.mapping_file import SYSTEMS
from gatemeter.cli.registry import EXAMPLES
from gatemeter.embedded.data_dir import DataDir, RunningStack
from gatemeter.errors import DeliveryError
from gatemeter.kafka.topics import ensure_topic
from gatemeter.wire.topics import BUDGETS_TOPIC_SPEC
from tests.support.command_in_process import invoked, run
from tests.support.databases import DatabasePool

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.usefixtures("nobody_writes")]

NEEDS_MORE = (
    *(
        "--kafka",
        "--clickhouse",
        "--admin-url",
        "--konnect-url",
        "--key-file",
        "PLACE",
        "EVENT-ID",
        "prices.toml",
        "3f2a",
    ),
    *("gatemeter reconcile", "gatemeter up", "gatemeter demo", "gatemeter serve", "gatemeter mcp", "/var/lib"),
)
RUNNABLE = sorted(
    {line for lines in EXAMPLES.values() for line in lines if not any(need in line for need in NEEDS_MORE)}
)
CHANGES = (
    "gatemeter generate",
    "gatemeter rebuild",
    "gatemeter correct access.log",
    "gatemeter billable forget",
    "gatemeter close",
)
"""These write files that other examples read, or need something to correct or to forget."""

EACH = [line for line in RUNNABLE if not line.startswith(CHANGES)]


def command_of(line: str) -> str:
    """The command that a line calls, such as `report llm`; exports to billing systems differ by a word and are one."""
    path = max((path for path in EXAMPLES if not path or f"{line} ".startswith(f"gatemeter {path} ")), key=len)
    return "export SYSTEM" if path.removeprefix("export ") in SYSTEMS else path


SHORTEST = {command_of(line): line for line in sorted(EACH, key=len, reverse=True)}
"""Of each command the shortest example: `make test` runs these."""
_LONG = pytest.mark.long(reason="one more example of a command; `make test` runs one of each")

PLANS = """
subject = "username"
[[plans]]
name = "starter"
valid_from = 2026-01-01
currency = "EUR"
charges = [{ name = "requests", meter = "request_count", model = "per_unit", unit_amount = "0.001" }]
[[accounts]]
id = "acme"
consumers = ["acme"]
plans = [{ plan = "starter", valid_from = 2026-01-01 }]
"""
YAML_PLANS = """
plans:
- name: starter
  valid_from: 2026-01-01
  currency: EUR
  charges: [{name: requests, meter: request_count, model: per_unit, unit_amount: 0.001}]
accounts:
- {id: acme, consumers: [acme], plans: [{plan: starter, valid_from: 2026-01-01}]}
"""
BILLING = "".join(
    f'[{each}]\naccounts = {{ acme = "cus_1" }}\ncharges = {{ requests = {{ event_name = "api_requests" }} }}\n'
    for each in SYSTEMS
)
TOKEN = f'{{"name": "edge-1", "role": "ingest", "sha256": "{"0" * 64}"}}\n'
FILES = {
    "billing.toml": BILLING,
    "kong.yaml": '_format_version: "3.0"\nservices: [{name: orders}]\nplugins: [{name: key-auth}]\n',
    "history.csv": "period,consumer_username,requests\n2025-12,acme,120\n",
    "usage.csv": "consumer_username,total\nacme,130\n",
    "plans.toml": PLANS,
    "plans-2027.toml": PLANS.replace("0.001", "0.002"),
    "other.toml": PLANS.replace("0.001", "0.002"),
    "plans.yaml": YAML_PLANS,
    "budgets.toml": '[[budgets]]\nname = "requests"\nmeter = "request_count"\nlimit = 1_000_000\nwindow = "month"\n',
}


@pytest.fixture(scope="module")
def directory(
    database_pool: DatabasePool, kafka_address: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A directory with `access.log`, `demo-data`, which holds its numbers, and the files that examples read.

    A stack runs on `demo-data`: else each command would open an engine of its own, which takes longer than the rest.
    """
    path = tmp_path_factory.mktemp("examples")
    for name, text in FILES.items():
        (path / name).write_text(text)
    data = DataDir(path / "demo-data")
    ensure_topic(kafka_address, BUDGETS_TOPIC_SPEC)
    with ExitStack() as stack:
        stack.enter_context(data.hold())
        store = stack.enter_context(database_pool.store())
        stack.enter_context(data.announce(RunningStack(os.getpid(), kafka=kafka_address, clickhouse_url=store.url)))
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(path)
            run_line("gatemeter generate --out access.log --events 200")
            run_line("gatemeter meter access.log --data demo-data --event-ledger")
            run_line("gatemeter report license --data demo-data --tar report.tar")
            read = "gatemeter inventory read kong.yaml --control-plane production --data demo-data"
            run_line(read)
            run_line(f"{read} --taken-at 2026-02-03")
            run_line(EXAMPLES["close"][0])
            run_line(EXAMPLES["statement show"][1])
        yield path


def run_line(line: str) -> str:
    return run(*shlex.split(line)[1:]).output


def lay_tokens(directory: Path, line: str) -> None:
    """An example finds the token that it names, and none of that name where it makes one."""
    for name in ("gatemeter-tokens.jsonl", "tokens.jsonl"):
        (directory / name).write_text("" if line.startswith("gatemeter tokens create") else TOKEN)


@pytest.mark.parametrize(
    "line", [pytest.param(line, marks=() if line in SHORTEST.values() else _LONG) for line in EACH]
)
def test_an_example_that_needs_only_a_store_runs(directory: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.chdir(directory)
    lay_tokens(directory, line)
    result = invoked(*shlex.split(line)[1:])
    # The generated month is older than the days in which some billing systems take events.
    is_too_late = "--dry-run" in line and isinstance(result.exception, DeliveryError) and "\ntoo old: " in result.output
    assert is_too_late or result.exit_code == 0, (result.output, result.exception)
    assert result.output
