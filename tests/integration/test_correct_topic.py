"""Events that came twice on a topic, far apart: found, retracted, explained, and proven to be gone."""

import json
from collections import Counter
from pathlib import Path

import pytest

from gatemeter.errors import ConflictError, ExitCode
from tests.support.command_in_process import invoked, read, reports, run
from tests.support.counted_topic import COPIED_LINES, CountedTopic, frames
from tests.support.databases import NewStore, Store
from tests.support.log_edges import OneTopic
from tests.support.overlapping_logs import write

pytestmark = [
    *(pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow),
    pytest.mark.usefixtures("nobody_writes"),
]

COPIES = len(COPIED_LINES)


@pytest.fixture
def counted(kafka_address: str, unique_name: str, lasting_store: Store, tmp_path: Path) -> CountedTopic:
    topic = CountedTopic(OneTopic(kafka_address, unique_name), lasting_store.url, tmp_path)
    topic.topic.create()
    return topic


def test_copies_are_retracted_explained_and_gone(counted: CountedTopic) -> None:
    counted.send(frames())
    counted.count(len(frames()))
    retract(counted)
    deep = read("verify", *counted.store, "--deep", *counted.log)
    assert (deep["holds"], "recount" in {each["check"] for each in deep["checks"]}) == (True, True)
    event = read("explain", "--event", "ai15", *counted.log, *counted.store)["places"]
    assert [(each["outcome"], each["reason"]) for each in event] == [("counted", None), ("corrected", "shipped twice")]
    assert all('"id":"(text' in each["text"] for each in event)
    number = read("explain", "--consumer", "c1", "--period", "2026-02", *counted.store)
    assert (number["agrees"], number["ranges"][-1]["log_kind"]) == (True, "correction")


def retract(counted: CountedTopic) -> None:
    done = read("correct", *counted.log, *counted.store, "--reason", "shipped twice")
    assert Counter(each["fate"] for each in done) == {"corrected": COPIES}


@pytest.mark.long(reason="verifies before, and reads every report; what is corrected is recounted in `make test`")
def test_copies_are_found_and_every_report_is_that_of_events_sent_once(
    counted: CountedTopic, new_store: NewStore
) -> None:
    counted.send(frames())
    counted.count(len(frames()))
    verified = invoked("verify", *counted.store, "--json")
    assert verified.exit_code == ExitCode.DIFFERENCE
    assert Counter(each["check"] for each in json.loads(verified.stdout)["findings"]) == {"far_duplicates": COPIES}
    retract(counted)
    assert reports(*counted.store) == counted.truth(new_store())


@pytest.mark.long(reason="copies of a topic are corrected in `make test`")
def test_copies_whose_first_ones_retention_deleted_stay_and_nothing_is_booked(counted: CountedTopic) -> None:
    counted.send(frames())
    counted.count(len(frames()))
    before = reports(*counted.store)
    counted.topic.delete_before(10)
    done = invoked("correct", *counted.log, *counted.store, "--reason", "x", "--json")
    assert isinstance(done.exception, ConflictError)
    outcomes = {(each["fate"], each["detail"]) for each in json.loads(done.stdout)}
    assert outcomes == {
        ("not_readable", f"the copy that stays, in {counted.topic.name}: it does not hold the event any more")
    }
    assert reports(*counted.store) == before
    assert counted.ask("SELECT count() FROM corrections") == [(0,)]


@pytest.mark.long(reason="copies of a topic alone are corrected in `make test`")
def test_copies_in_a_file_and_on_a_topic_take_both_to_be_corrected(
    counted: CountedTopic, new_store: NewStore, tmp_path: Path
) -> None:
    counted.send(frames()[:-4])
    counted.count(len(frames()) - 4)
    again = write(tmp_path / "again.log", COPIED_LINES)
    run("meter", again, *counted.store, "--event-ledger")
    command = ("correct", *counted.store, "--reason", "x", "--json")
    for one, missing in ((counted.log, str(again)), ((again,), counted.topic.name)):
        outcomes = json.loads(invoked(*command, *one).stdout)
        assert {each["fate"] for each in outcomes} == {"not_readable"}
        assert all(f"{missing}: this log is not given" in each["detail"] for each in outcomes)
    assert Counter(each["fate"] for each in json.loads(run(*command, again, *counted.log).stdout)) == {
        "corrected": COPIES
    }
    assert reports(*counted.store) == counted.truth(new_store())
    assert read("verify", *counted.store, "--deep", again, *counted.log)["holds"]
