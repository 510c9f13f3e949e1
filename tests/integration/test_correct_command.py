"""Events metered twice from two files: found, retracted, and explained, on the real engine."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from gatemeter.errors import ConflictError, InputError, SettingsError
from gatemeter.explain.metric import ExplainedMetric
from gatemeter.reports.event_accounting import event_account
from gatemeter.reports.period import TimeSpan
from gatemeter.verification.cross_epoch_duplicates import (
    cross_epoch_duplicate_count,
    cross_epoch_duplicates,
    event_ledger_in_use,
)
from tests.support.command_in_process import ALL_REPORTS, FINEST_REPORTS, invoked, read, reports, run
from tests.support.databases import DatabasePool, NewStore, Store
from tests.support.kong_events import request_line
from tests.support.overlapping_logs import copies, near_copies, overlapping, write
from tests.support.smoke import smoke
from tests.support.stored_table import read_all_stored

pytestmark = pytest.mark.clickhouse


@pytest.fixture
def logs(tmp_path: Path) -> tuple[Path, Path, Path]:
    return overlapping(tmp_path)


@pytest.fixture
def data(store: Store, logs: tuple[Path, Path, Path]) -> Store:
    """Both files, metered with the event ledger on."""
    run("meter", *logs[:2], *store.flags, "--event-ledger")
    return store


@pytest.fixture(scope="module")
def kept_logs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """The files of the stores that are for all tests, which stay as they are."""
    return overlapping(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def metered(database_pool: DatabasePool, kept_logs: tuple[Path, Path, Path]) -> Iterator[Store]:
    """As `data`, for all tests that change nothing."""
    with database_pool.store() as store:
        run("meter", *kept_logs[:2], *store.flags, "--event-ledger")
        yield store


@pytest.fixture(scope="module")
def correction(database_pool: DatabasePool, kept_logs: tuple[Path, Path, Path]) -> Iterator[tuple[Store, Result]]:
    """Both files metered, and what they share retracted, for all tests that change nothing; and what that has said."""
    with database_pool.store() as store:
        run("meter", *kept_logs[:2], *store.flags, "--event-ledger")
        yield store, correct(store, *kept_logs[:2])


@pytest.fixture(scope="module")
def corrected(correction: tuple[Store, Result]) -> Store:
    """The store of `correction`."""
    return correction[0]


@pytest.fixture(scope="module")
def unlisted(database_pool: DatabasePool, kept_logs: tuple[Path, Path, Path]) -> Iterator[Store]:
    """The first file, metered without the event ledger, for all tests that change nothing."""
    with database_pool.store() as store:
        run("meter", kept_logs[0], *store.flags)
        yield store


def correct(data: Store, *files: Path, reason: str = "shipped twice") -> Result:
    return run("correct", *files, *data.flags, "--reason", reason, "--json")


@pytest.mark.parametrize(
    "names",
    smoke([[*FINEST_REPORTS], [*ALL_REPORTS]], 1, reason="reads every report; the finest of them are in `make test`"),
)
def test_what_is_left_is_what_one_file_of_all_events_counts(
    store: Store,
    metered: Store,
    correction: tuple[Store, Result],
    kept_logs: tuple[Path, Path, Path],
    names: Sequence[str],
) -> None:
    corrected, done = correction
    assert Counter(row["fate"] for row in json.loads(done.stdout)) == {"corrected": copies()}
    assert f"{copies()} events corrected" in done.stderr
    run("meter", kept_logs[2], *store.flags)
    expected = reports(*store.flags, names=names)
    counted = reports(*metered.flags, names=names)
    assert all(counted[name] != expected[name] for name in expected)
    assert reports(*corrected.flags, names=names) == expected


@pytest.mark.long(reason="corrects twice; what is left is compared in `make test`")
def test_the_account_holds_and_a_second_correction_finds_nothing(data: Store, logs: tuple[Path, Path, Path]) -> None:
    correct(data, *logs[:2])
    after = reports(*data.flags)
    again = correct(data, *logs[:2], reason="another")
    assert (json.loads(again.stdout), again.stderr) == (
        [],
        f"{copies()} copies are retracted already, none is left\n",
    )
    assert reports(*data.flags) == after
    with data.client() as client:
        totals = event_account(client)
        reasons = client.query("SELECT DISTINCT reason FROM corrections FINAL").result_rows
    assert (totals.holds, totals.rows_agree, totals.duplicates) == (True, True, copies() + near_copies())
    assert reasons == [("shipped twice",)]


@pytest.mark.long(reason="corrects and reprices")
def test_prices_of_corrections_can_be_made_anew(
    tmp_path: Path, new_store: NewStore, data: Store, logs: tuple[Path, Path, Path]
) -> None:
    once = new_store()
    dearer = tmp_path / "dearer.toml"
    entry = "{provider = 'openai', model = 'gpt-4o-mini', prices = {input = 1000, output = 2000}}"
    dearer.write_text(f"currency = 'USD'\nentries = [{entry}]", encoding="utf-8")
    run("meter", logs[2], *once.flags, "--prices", dearer)
    correct(data, *logs[:2])
    run("reprice", *data.flags, "--prices", dearer)
    [expected, found] = [read("report", "llm", *each.flags) for each in (once, data)]
    assert found == expected
    assert sum(float(row["cost_computed"]) for row in found) > 10


def test_a_dry_run_says_what_would_be_done_and_does_nothing(metered: Store, kept_logs: tuple[Path, Path, Path]) -> None:
    before = everything(metered)
    done = run("correct", *kept_logs[:2], *metered.flags, "--reason", "x", "--dry-run", "--json")
    assert len(json.loads(done.stdout)) == copies()
    assert "nothing was written (--dry-run)" in done.stderr
    assert "not checked" not in done.stderr
    assert everything(metered) == before


@pytest.mark.long(reason="corrects and verifies several times")
def test_events_whose_log_is_not_named_stay_and_say_so(metered: Store, kept_logs: tuple[Path, Path, Path]) -> None:
    before = everything(metered)
    result = invoked("correct", kept_logs[0], *metered.flags, "--reason", "x", "--json")
    assert isinstance(result.exception, ConflictError)
    assert f"{copies()} events are counted more than once" in str(result.exception)
    assert {row["fate"] for row in json.loads(result.stdout)} == {"not_readable"}
    assert everything(metered) == before


def everything(data: Store) -> dict[str, list[Mapping[str, Any]]]:
    with data.client() as client:
        return read_all_stored(client)


def test_a_file_that_was_edited_is_refused(metered: Store, logs: tuple[Path, Path, Path]) -> None:
    lines = logs[1].read_bytes().split(b"\n")[:-1]
    write(logs[1], [*lines[:5], *(line.replace(b'"size":310', b'"size":311') for line in lines[5:])])
    result = invoked("correct", *logs[:2], *metered.flags, "--reason", "x")
    assert isinstance(result.exception, ConflictError)
    assert "differs from it" in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("--reason", " "), SettingsError, "--reason: is empty"),
        (("--reason", "x"), SettingsError, "no log is named"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    metered: Store, arguments: tuple[str, ...], error: type[Exception], message: str
) -> None:
    result = invoked("correct", *metered.flags, *arguments)
    assert isinstance(result.exception, error)
    assert message in str(result.exception)


def test_without_an_event_ledger_there_is_nothing_to_correct_by(
    unlisted: Store, kept_logs: tuple[Path, Path, Path]
) -> None:
    result = invoked("correct", kept_logs[0], *unlisted.flags, "--reason", "x")
    assert isinstance(result.exception, InputError)
    assert "the event ledger is empty" in str(result.exception)


def test_events_that_the_ledger_does_not_hold_are_said_not_to_be_compared(store: Store, tmp_path: Path) -> None:
    one, two = (
        write(tmp_path / f"{name}.log", [request_line(name), request_line("shared")]) for name in ("one", "two")
    )
    run("meter", one, *store.flags)
    run("meter", two, *store.flags, "--event-ledger")
    said = run("correct", one, two, "--reason", "x", "--dry-run", *store.flags).stderr
    assert "not checked: the event ledger holds less than all events of 1 epoch" in said
    assert said.endswith("no event was counted more than once\n")


def test_far_duplicates_are_those_within_the_span_that_are_not_the_first(tmp_path: Path, store: Store) -> None:
    hour_ms = 3_600_000
    times = [1_770_112_800_000, 1_770_112_800_000, 1_770_112_800_000 + hour_ms]
    files = [
        write(tmp_path / f"{number}.log", [request_line(f"own{number}"), request_line("e", started_at=time)])
        for number, time in enumerate(times)
    ]
    run("meter", *files, *store.flags, "--event-ledger")
    with store.client() as client:
        found = cross_epoch_duplicates(client, TimeSpan(), None)
        assert [each.location for each in found] == sorted(each.location for each in found)
        [first] = {each.canonical for each in found}
        assert first < min(each.location for each in found if each.time_ms == times[0])
        assert [each.location for each in cross_epoch_duplicates(client, TimeSpan(), 1)] == [found[0].location]
        assert cross_epoch_duplicates(client, TimeSpan(), None, after=found[0].location) == [found[1]]
        spans = [TimeSpan.parse("2026-02-03T10:00", "2026-02-03T11:00"), TimeSpan.parse("2026-02-03T11:00", None)]
        assert [cross_epoch_duplicate_count(client, span) for span in (TimeSpan(), *spans)] == [2, 1, 0]
        assert event_ledger_in_use(client)


def test_retracted_events_are_listed(
    metered: Store, correction: tuple[Store, Result], kept_logs: tuple[Path, Path, Path]
) -> None:
    assert read("correct", "--list", *metered.flags) == []
    corrected, result = correction
    done, listed = json.loads(result.stdout), read("correct", "--list", *corrected.flags)
    assert {(each["place"], each["kept"]) for each in listed} == {(each["place"], each["kept"]) for each in done}
    assert {each["reason"] for each in listed} == {"shipped twice"}
    assert "shipped twice" in run("correct", "--list", *corrected.flags).stdout
    refused = invoked("correct", "--list", *corrected.flags, kept_logs[0]).exception
    assert "--list retracts nothing" in str(refused)


METRICS = [each for each in ExplainedMetric if each is not ExplainedMetric.METER]
"""Corrections of meters have a test of their own."""


class TestExplain:
    @pytest.mark.parametrize("metric", smoke(METRICS, 1, reason="the metrics are added up alike"))
    def test_the_parts_add_up_to_what_the_report_says(self, corrected: Store, metric: ExplainedMetric) -> None:
        asked = ("--consumer", "c0", "--period", "2026-02", "--metric", metric)
        found = read("explain", *asked, *corrected.flags)
        kinds = [each["log_kind"] for each in found["ranges"]]
        assert (kinds, found["agrees"], found["reported"]) == (["file", "file", "correction"], True, found["total"])
        values = [float(each["value"]) for each in found["ranges"]]
        assert sum(values) == pytest.approx(float(found["total"]))
        assert values[2] < 0 < min(values[:2])

    def test_a_range_has_its_offsets_and_some_of_its_events(self, corrected: Store) -> None:
        found = read("explain", "--consumer", "c1", "--period", "2026-02", "--samples", 2, *corrected.flags)
        one, _, retracted = found["ranges"]
        assert (one["first_offset"], one["next_offset"], one["reason"]) == (0, 45, None)
        assert [len(each["samples"]) for each in found["ranges"]] == [2, 2, 2]
        assert [each["events"] == each["value"] > 0 for each in found["ranges"][:2]] == [True, True]
        assert retracted["events"] is None
        assert (retracted["first_offset"], retracted["reason"]) == (None, "shipped twice")
        shown = run(*one["samples"][0]["show"].split()[1:], *corrected.flags).stdout
        assert 'text: {"request":{"id":"(text' in shown

    def test_a_number_is_said_in_a_sentence(self, metered: Store) -> None:
        shown = run("explain", "--consumer", "c1", "--period", "2026-02-03T12", *metered.flags).stdout
        assert "requests of c1 in 2026-02-03T12: 1 (gatemeter report billable says the same)" in shown

    def test_an_event_is_shown_at_every_place(self, corrected: Store, kept_logs: tuple[Path, Path, Path]) -> None:
        found = read("explain", "--event", "ai15", *corrected.flags, kept_logs[0])["places"]
        assert sorted((each["outcome"], each["reason"]) for each in found) == [
            ("corrected", "shipped twice"),
            ("counted", None),
        ]
        [retracted] = [each for each in found if each["outcome"] == "corrected"]
        assert retracted["kept"] in [each["place"] for each in found]
        assert [each["topic"] for each in found if each["text"] is not None] == [str(kept_logs[0])]

    def test_a_copy_near_by_was_not_counted(self, metered: Store) -> None:
        shown = run("explain", "--event", "r8", *metered.flags).stdout
        assert "read at 2 places" in shown
        assert "not counted: the same event came before" in shown

    def test_an_event_is_found_by_any_of_its_places(self, metered: Store) -> None:
        found = read("explain", "--event", "ai15", *metered.flags)["places"]
        assert {each["outcome"] for each in found} == {"counted"}
        for each in found:
            assert read("explain", "--place", each["place"], *metered.flags)["places"] == found

    def test_a_dead_letter_shows_no_id_and_is_found_in_its_log(self, tmp_path: Path, store: Store) -> None:
        log = write(tmp_path / "old.log", [request_line("odd", started_at=1), request_line("r")])
        invoked("meter", log, *store.flags, "--event-ledger")
        assert "dead letters show no ids" in str(invoked("explain", "--event", "odd", *store.flags).exception)
        (found,) = read("explain", "--event", "odd", *store.flags, log)["in_logs"]
        assert (found["topic"], found["place"].rpartition(":")[2]) == (str(log), "0")

    def test_a_log_is_looked_through_for_what_no_event_ledger_knows(
        self, unlisted: Store, kept_logs: tuple[Path, Path, Path]
    ) -> None:
        (found,) = read("explain", "--event", "r7", *unlisted.flags, *kept_logs[:2])["in_logs"]
        assert (found["topic"], found["epoch_first_offset"], found["epoch_next_offset"]) == (str(kept_logs[0]), 0, 45)
        shown = run("explain", "--place", found["place"], *unlisted.flags, kept_logs[0]).stdout
        assert "and is not in the event ledger" in shown
        unknown = invoked("explain", "--event", "r7", *unlisted.flags).exception
        assert "or with the log that holds them named" in str(unknown)

    def test_rows_that_were_given_to_another_consumer(self, data: Store) -> None:
        with data.client() as client:
            moved = "INSERT INTO api_usage_hourly SELECT * REPLACE ('evil-corp' AS consumer_id)"
            client.command(f"{moved} FROM (SELECT * FROM api_usage_hourly FINAL WHERE consumer_id = 'c1')")
            client.command("ALTER TABLE api_usage_hourly DELETE WHERE consumer_id = 'c1' SETTINGS mutations_sync = 2")
        for consumer in ("c1", "evil-corp"):
            result = invoked("explain", "--consumer", consumer, "--period", "2026-02", *data.flags, "--json")
            document = json.loads(result.stdout)
            assert (result.exit_code, len(document["contradictions"])) == (9, 2)
            assert all((each["events"] == 0) is (each["value"] > 0) for each in document["ranges"])

    @pytest.mark.long(reason="meters and corrects in a directory; events of a store's ranges are in `make test`")
    def test_events_of_the_event_ledger_stand_beside_the_requests(
        self, data_directory: Path, logs: tuple[Path, Path, Path]
    ) -> None:
        # In a directory: the command that is printed at the end holds no password that would have to be left out.
        flags = ("--data", data_directory)
        run("meter", *logs[:2], *flags, "--event-ledger")
        run("correct", *logs[:2], *flags, "--reason", "shipped twice")
        ranges = read("explain", "--consumer", "c1", "--period", "2026-02", *flags)["ranges"]
        assert [each["events"] == each["value"] > 0 for each in ranges[:2]] == [True, True]
        assert ranges[2]["events"] is None
        result = run("explain", "--consumer", "c1", "--period", "2026-02", "--samples", 2, *flags)
        assert f"2 of {ranges[0]['events']}" in result.stdout
        (hint,) = [line for line in result.stderr.splitlines() if line.startswith("one of them: gatemeter ")]
        assert "text: " in run(*hint.split()[4:]).stdout

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            (("--event", "nobody"), InputError, "the event ledger does not hold it, and dead letters show no ids"),
            (("--place", "x:0:0:1:0"), InputError, "the event ledger does not hold it"),
            (("--consumer", "zoe", "--period", "2026"), InputError, "no requests were counted for 'zoe' in 2026"),
            (("--event", ""), SettingsError, "--event: is empty"),
            (("--place", "foo"), SettingsError, "copy a place from the events that gatemeter explain"),
            (("--consumer", "c1"), SettingsError, "--period is missing"),
            (("--event", "x", "--consumer", "c1"), SettingsError, "it is not clear what to explain"),
            ((), SettingsError, "it is not clear what to explain"),
            (("--source", "s", "--place", "x:0:0:1:0"), SettingsError, "--source is given without --event"),
        ],
    )
    def test_what_is_not_there_is_said(
        self, metered: Store, arguments: tuple[str, ...], error: type[Exception], message: str
    ) -> None:
        result = invoked("explain", *metered.flags, *arguments)
        assert isinstance(result.exception, error), result.output
        assert message in str(result.exception)
