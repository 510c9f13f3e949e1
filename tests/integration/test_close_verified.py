"""What `gatemeter close` asks verify: costs, seals, and whether anything makes the numbers uncertain."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from gatemeter.billing.statement_store import stored_statements
from gatemeter.errors import ConflictError
from tests.support.command_in_process import invoked, run
from tests.support.databases import Store
from tests.support.kong_events import STARTED_AT_MS, event_text
from tests.support.overlapping_logs import ai_line
from tests.support.plan_files import document, written

pytestmark = [pytest.mark.clickhouse, pytest.mark.usefixtures("nobody_writes")]


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    return written(tmp_path / "plans.json", document())


def meter(store: Store, path: Path, lines: Iterable[bytes]) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    run("meter", path, *store.flags)


def refusal(store: Store, plans: Path, *arguments: object) -> str:
    found = invoked("close", "--period", "2026-02", "--plans", plans, "--accept", "idle", *arguments, *store.flags)
    assert isinstance(found.exception, ConflictError), found.output
    with store.client() as client:
        assert stored_statements(client) == []
    return str(found.exception)


COSTS = "ALTER TABLE llm_usage_hourly UPDATE cost_computed = cost_computed * 10 WHERE 1"
BUCKETS = (
    "ALTER TABLE agentic_usage_hourly "
    "UPDATE latency_call_buckets = arrayMap(each -> toUInt16(each + 1), latency_call_buckets) WHERE 1"
)


@pytest.mark.parametrize(("change", "is_sealed"), [(COSTS, False), (BUCKETS, True)])
def test_nothing_is_closed_that_was_changed(
    store: Store, plans: Path, tmp_path: Path, change: str, *, is_sealed: bool
) -> None:
    """Of costs only prices tell, of the latencies of tools only seals."""
    meter(store, tmp_path / "one.log", [ai_line(1)])
    if is_sealed:
        run("seal", "add", *store.flags)
    with store.client() as client:
        client.command(f"{change} SETTINGS mutations_sync = 2")
    assert refusal(store, plans).startswith("verify finds 1 difference")


def path(name: str) -> Iterable[bytes]:
    """A hundred and more requests of six consumers, told under ids of the path's own."""
    for number in range(120):
        yield event_text(
            event_id=f'"{name}-{number}"',
            started_at=STARTED_AT_MS + number,
            latencies=f'{{"request":{30 + number},"proxy":20}}',
            extra=f'"consumer":{{"id":"c{number % 6}"}}',
        )


def test_requests_that_two_logs_seem_to_tell_are_billed_only_where_that_is_accepted(
    store: Store, plans: Path, tmp_path: Path
) -> None:
    for name in ("http", "kafka"):
        meter(store, tmp_path / f"{name}.log", path(name))
    said = refusal(store, plans)
    assert "2026-02 cannot be closed: gatemeter verify does not take its numbers for proven" in said
    assert "seem to tell the same requests twice" in said
    assert said.endswith("writes it into the statement")
    accepted = ("--accept", "idle", "--accept", "unproven")
    run("close", "--period", "2026-02", "--plans", plans, *accepted, *store.flags)
    with store.client() as client:
        [statement] = stored_statements(client)
    [doubt] = [each for each in statement.accepted if each.startswith("unproven: ")]
    assert "seem to tell the same requests twice" in doubt


def test_a_doubt_about_other_months_does_not_stand_in_the_way(store: Store, tmp_path: Path) -> None:
    for name in ("http", "kafka"):
        meter(store, tmp_path / f"{name}.log", path(name))
    plans = written(tmp_path / "plans.json", document())
    said = run("close", "--period", "2026-01", "--plans", plans, "--accept", "idle", *store.flags).stdout
    assert said.startswith("2026-01 is closed: statement 1, ")
