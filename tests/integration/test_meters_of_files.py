"""Custom meters from a file to the report: exact, verified, sealed, and from their declaration on."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_in_process import invoked, read, run
from tests.support.databases import NewStore, Store
from tests.support.declared_meters import CREDITS
from tests.support.metered_events import METERS, MeteredEvents

pytestmark = [pytest.mark.clickhouse, pytest.mark.usefixtures("nobody_writes")]

EVENTS = 600
LONG = pytest.mark.long(reason="test_meters_are_exact_and_verified is the proof; this is a further case of it")


@pytest.fixture
def events(tmp_path: Path) -> MeteredEvents:
    """Events that are in the file `log`."""
    made = MeteredEvents.of(EVENTS)
    (tmp_path / "access.log").write_bytes(b"".join(line + b"\n" for line in made.lines))
    (tmp_path / "meters.toml").write_text(METERS)
    return made


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "access.log"


@pytest.fixture
def meters(tmp_path: Path) -> tuple[str, str]:
    return ("--meters", str(tmp_path / "meters.toml"))


def totals(*store: str) -> dict[tuple[str, str], Decimal]:
    rows = read("report", "meters", *store)
    return {(row["meter"], row["consumer_id"]): Decimal(row["value"]) for row in rows}


def checks(*arguments: object) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(invoked("verify", "--json", *arguments).stdout)
    return {each["check"]: each["findings"] for each in document["checks"]}


def test_meters_are_exact_and_verified(events: MeteredEvents, log: Path, meters: tuple[str, str], store: Store) -> None:
    [summary] = read("meter", log, *store.flags, *meters)
    others = EVENTS // 3
    assert (summary["counted"], summary["other_kind"], summary["duplicates"]) == (EVENTS - others, others, EVENTS // 10)
    assert totals(*store.flags) == events.totals()
    run("meter", log, *store.flags, *meters)
    assert totals(*store.flags) == events.totals()
    found = checks(log, *store.flags, *meters, "--deep")
    assert (found["meters"], found["recount"]) == (0, 0)
    assert not any(found.values())
    with store.client() as client:
        [account] = client.query(
            "SELECT sum(consumed) - sum(counted) - sum(duplicates) - sum(dead_letters) - sum(other_kind), "
            "sum(meter_events), sum(metered_other) FROM epoch_ledger FINAL"
        ).result_rows
        assert client.query("SELECT any(value) FROM meter_usage WHERE meter = 'seats'").result_rows == [(None,)]
        [(of_view,)] = client.query("SELECT sum(value) FROM meter_usage WHERE meter = 'credits'").result_rows
    assert account == (0, 2 * EVENTS, others)
    assert of_view == sum(value for (meter, _), value in events.values.items() if meter == "credits")


@LONG
def test_a_changed_row_is_found_by_its_account_and_its_seal(
    events: MeteredEvents, log: Path, meters: tuple[str, str], store: Store
) -> None:
    run("meter", log, *store.flags, *meters)
    run("seal", "add", *store.flags)
    assert not any(checks(*store.flags).values())
    with store.client() as client:
        client.command(
            "INSERT INTO meter_usage_hourly SELECT * REPLACE (value_scaled + 1 AS value_scaled) "
            "FROM meter_usage_hourly FINAL WHERE meter = 'credits' LIMIT 1"
        )
    assert checks(*store.flags)["seals"] == 1
    with store.client() as client:
        client.command(
            "INSERT INTO meter_usage_hourly SELECT * REPLACE (events + 1 AS events) "
            "FROM meter_usage_hourly FINAL WHERE meter = 'credits' LIMIT 1"
        )
    assert checks(*store.flags)["meters"] == 1


def test_a_meter_counts_from_its_declaration_on_and_the_past_by_rebuild(
    events: MeteredEvents, log: Path, meters: tuple[str, str], store: Store, new_store: NewStore
) -> None:
    first = 250
    log.write_bytes(b"".join(line + b"\n" for line in events.lines[:first]))
    run("meter", log, *store.flags)
    before = read("report", "billable", *store.flags)
    log.write_bytes(b"".join(line + b"\n" for line in events.lines))
    run("meter", log, *store.flags, *meters)
    assert before != read("report", "billable", *store.flags)
    [(counted, last)] = _ask(store, "SELECT min(epoch_first_offset), max(version) FROM meter_usage_hourly")
    assert (counted, last) == (first, len(events.lines))
    assert not any(checks(log, *store.flags, *meters, "--deep").values())
    fresh = new_store()
    run("rebuild", log, *fresh.flags, *meters)
    assert totals(*fresh.flags) == events.totals()


@LONG
def test_two_declarations_of_one_name_are_two_rows(
    events: MeteredEvents, log: Path, tmp_path: Path, store: Store
) -> None:
    for number, (decimals, end) in enumerate(((3, 300), (4, len(events.lines)))):
        declared = tmp_path / f"meters-{number}.toml"
        declared.write_text(CREDITS.replace("decimals = 3", f"decimals = {decimals}"))
        log.write_bytes(b"".join(line + b"\n" for line in events.lines[:end]))
        run("meter", log, *store.flags, "--meters", declared)
    rows = read("report", "meters", "--by", "meter", *store.flags)
    assert len({row["declaration"] for row in rows}) == len(rows) == 2
    credits_of_all = sum(value for (meter, _), value in events.values.items() if meter == "credits")
    assert sum(Decimal(row["value"]) for row in rows) == credits_of_all


@LONG
def test_a_correction_takes_the_values_of_a_copy_back(
    events: MeteredEvents, log: Path, meters: tuple[str, str], tmp_path: Path, store: Store
) -> None:
    again = tmp_path / "again.log"
    again.write_bytes(b"".join(line + b"\n" for line in [*events.lines[40:60], b'{"first":"line"}']))
    for path in (log, again):
        run("meter", path, *store.flags, *meters, "--event-ledger")
    assert totals(*store.flags) != events.totals()
    run("correct", log, again, *store.flags, *meters, "--reason", "shipped twice")
    assert totals(*store.flags) == events.totals()
    parts = read("explain", *store.flags, "--consumer", "con-1", "--period", "2026-02", "--meter", "credits")
    assert [each["log_kind"] for each in parts["ranges"]] == ["file", "file", "correction"]
    assert parts["agrees"]
    assert not any(checks(log, again, *store.flags, *meters, "--deep").values())


@LONG
def test_reports_group_by_what_was_declared(
    events: MeteredEvents, log: Path, meters: tuple[str, str], store: Store
) -> None:
    run("meter", log, *store.flags, *meters)
    by_plan = read("report", "meters", "--by", "plan", "--meter", "credits", *store.flags)
    assert [row["plan"] for row in by_plan] == ["free", "gold"]
    assert sum(row["events"] for row in by_plan) == EVENTS * 2 // 3
    [seats] = read("report", "meters", "--by", "meter", "--meter", "seats", *store.flags)
    assert seats["value"] == str(len(set().union(*events.seats.values())))
    assert "'colour' is nothing to group by" in str(
        invoked("report", "meters", "--by", "colour", *store.flags).exception
    )
    table = run("report", "meters", *store.flags).stdout
    assert f"exports ({_declaration(by='exports', store=store)}):" in table


@LONG
def test_a_value_is_explained_by_its_ranges(
    events: MeteredEvents, log: Path, meters: tuple[str, str], store: Store
) -> None:
    run("meter", log, *store.flags, *meters, "--event-ledger")
    explain = ("explain", *store.flags, "--consumer", "con-1", "--period", "2026-02")
    explained = read(*explain, "--meter", "credits")
    assert (explained["agrees"], explained["meter"]) == (True, "credits")
    assert Decimal(explained["total"]) == events.values["credits", "con-1"]
    assert sum(Decimal(each["value"]) for each in explained["ranges"]) == events.values["credits", "con-1"]
    named = f"credits@{_declaration(by='credits', store=store)}"
    assert read(*explain, "--meter", named)["total"] == explained["total"]
    assert "do not add up" in str(invoked(*explain, "--meter", "seats").exception)
    assert "--meter is missing" in str(invoked(*explain, "--metric", "meter").exception)


def _declaration(*, by: str, store: Store) -> str:
    return str(_ask(store, f"SELECT any(declaration) FROM meter_usage_hourly WHERE meter = '{by}'")[0][0])


def _ask(store: Store, query: str) -> Any:
    with store.client() as client:
        return client.query(query).result_rows
