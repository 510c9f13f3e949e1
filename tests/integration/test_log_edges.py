"""What a log can do under a worker: lose its start, be created anew, grow partitions, have holes."""

import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic

import pytest

from gatemeter.errors import ConflictError, ExitCode
from gatemeter.worker.app import METADATA_AGE_S
from tests.support.command_in_process import invoked
from tests.support.gatemeter_command import run
from tests.support.log_edges import OneTopic, OneWorker
from tests.support.waiting import QUIET_S, size_of, wait_for, wait_for_number

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]


CLIENTS_METADATA_AGE_S = 300.0
"""After which the client would look for new partitions by itself."""


@pytest.fixture
def topic(kafka_address: str, unique_name: str) -> OneTopic:
    one = OneTopic(kafka_address, unique_name)
    one.create()
    return one


@pytest.fixture
def worker(topic: OneTopic, store_url: str, group_id: str, tmp_path: Path) -> OneWorker:
    return OneWorker(topic, store_url, group_id, tmp_path / "worker.log")


@pytest.mark.long(reason="starts workers twice; unit tests have each start position")
def test_a_group_that_starts_at_the_end_counts_what_comes_after_its_first_start(
    topic: OneTopic, worker: OneWorker
) -> None:
    topic.send(range(25))
    with worker.running("--start", "latest"):
        worker.wait_for_commits()
        assert topic.commits(worker.group)[0] == 25
    topic.send(range(25, 40))  # while nobody runs
    worker.count(15, "--start", "latest")
    assert worker.ledger() == [(25, 30, 5), (30, 40, 10)]
    topic.send(range(40, 43))
    deep = worker.verified()
    assert deep["holds"], deep["findings"]
    assert [note for note in deep["notes"] if "counting began at offset 25" in note and "--start latest" in note]
    (waiting,) = deep["not_counted"]
    assert (waiting["first_offset"], waiting["next_offset"], waiting["messages"]) == (40, 43, 3)
    assert waiting["since"] > "2026"


@pytest.mark.long(reason="a worker reads a log of its own; other edges of logs are in `make test`")
def test_copies_without_a_key_in_two_partitions_are_told_at_once(topic: OneTopic, worker: OneWorker) -> None:
    topic.add_partitions(2)
    for partition in (0, 1):
        topic.send(range(20), partition)
    worker.count(40)  # each event twice
    told = [line for line in worker.log.read_text(encoding="utf-8").splitlines() if "has no key" in line]
    assert len(told) == 2
    for partition in (0, 1):
        assert f"{topic.name}[{partition}]: the message at offset 0 has no key" in "".join(told)
    said = run("verify", "--clickhouse", worker.database, expect=ExitCode.DIFFERENCE).stdout
    assert f"not proven: {topic.name}: 40 messages of 4 epochs" in said
    assert said.splitlines()[-1].startswith("not verified: ")


@pytest.mark.long(reason="a partition added under a running worker is counted in `make test`")
def test_a_partition_that_is_added_is_counted_whole(topic: OneTopic, worker: OneWorker) -> None:
    topic.send(range(25))
    with worker.running("--start", "latest"):
        worker.wait_for_commits()
    topic.add_partitions(2)
    topic.send(range(100, 107), partition=1)
    topic.send(range(25, 28), partition=0)
    worker.count(10, "--start", "latest")
    assert (worker.ledger(0), worker.ledger(1)) == ([(25, 28, 3)], [(0, 7, 7)])


@pytest.mark.long(reason="a worker reads a log of its own; other edges of logs are in `make test`")
def test_a_partition_added_under_a_worker_is_read_soon(topic: OneTopic, worker: OneWorker) -> None:
    assert METADATA_AGE_S < QUIET_S < CLIENTS_METADATA_AGE_S
    with worker.running():
        topic.send(range(3))
        worker.wait_for(3)
        topic.add_partitions(2)
        topic.send(range(100, 107), partition=1)
        wait_for(lambda: worker.counted() == 10, f"the added partition is read; see {worker.log}")


@pytest.mark.long(reason="a worker reads a log of its own; other edges of logs are in `make test`")
def test_a_topic_that_is_created_anew_is_another_log(topic: OneTopic, worker: OneWorker) -> None:
    topic.send(range(25))
    with worker.running() as process:
        worker.wait_for(25)
        topic.delete()
        topic.create()
        topic.send(range(100, 140))  # further than the old one was, and with its offsets
        assert process.wait(QUIET_S) == ExitCode.KAFKA
    assert "deleted" in worker.log.read_text(encoding="utf-8")
    assert worker.counted() == 25
    worker.count(65)
    assert sorted(worker.ledger()) == sorted(
        [(0, 10, 10), (10, 20, 10), (20, 25, 5), (0, 10, 10), (10, 20, 10), (20, 30, 10), (30, 40, 10)]
    )


@pytest.mark.long(reason="retention under a running worker is in `make test`")
def test_what_retention_deleted_while_no_worker_ran_is_named_and_the_stored_stays(
    topic: OneTopic, worker: OneWorker
) -> None:
    topic.send(range(25))
    worker.count(25)
    topic.send(range(25, 40))
    topic.delete_before(33)
    worker.count(25 + 7)
    assert worker.ledger() == [(0, 10, 10), (10, 20, 10), (20, 25, 5), (33, 40, 7)]
    assert "[0]: offsets 25 to 32 were deleted from the log before they were counted" in worker.log.read_text()


@pytest.mark.long(reason="retention under a running worker is in `make test`")
def test_what_retention_took_before_the_first_flush_is_named(
    topic: OneTopic, worker: OneWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags, first, delete_before = ["--start", "latest"], 25, 33
    monkeypatch.setattr("gatemeter.verification.second_look.PAUSE_S", 0.0)
    topic.send(range(first))
    starts = "SELECT version, first_offset, reason, recorded_at FROM counting_starts FINAL"
    with worker.running(*flags):  # it has nothing to count yet
        wait_for(lambda: worker.ask(starts), "the start is recorded", signs_of_life=lambda: size_of(worker.log))
    recorded = worker.ask(starts)
    assert [row[1] for row in recorded] == [first]
    topic.send(range(first, 40))
    topic.delete_before(delete_before)
    deleted = f"offsets {first} to {delete_before - 1} were deleted from the log before they were counted"
    worker.count(40 - delete_before, *flags)
    assert f"{topic.name}[0]: {deleted}" in worker.log.read_text(encoding="utf-8")
    assert worker.ask(starts) == recorded
    (finding,) = worker.findings()
    assert (finding["check"], finding["first_offset"], finding["next_offset"]) == ("ends", first, delete_before)


@pytest.mark.long(reason="retention under a running worker is in `make test`")
def test_a_quiet_partition_whose_open_epoch_lost_its_start_goes_on(topic: OneTopic, worker: OneWorker) -> None:
    topic.send(range(4))
    worker.count(4)
    topic.delete_before(3)
    topic.send(range(4, 6))
    worker.count(6)
    topic.send(range(6, 8))
    worker.count(8)
    assert worker.ledger() == [(0, 4, 4), (4, 6, 2), (6, 8, 2)]
    assert "were deleted from the log" not in worker.log.read_text()


def test_retention_that_overtakes_a_running_worker_is_named(topic: OneTopic, worker: OneWorker) -> None:
    topic.send(range(13))
    with worker.running("--session-timeout-s", "60") as process:
        worker.wait_for(13)
        os.kill(process.pid, signal.SIGSTOP)
        topic.send(range(13, 20))  # a fetch may be under way, and bring them
        topic.send(range(20, 50))
        topic.delete_before(37)
        os.kill(process.pid, signal.SIGCONT)
        wait_for_number(worker.next_offset, 50, f"the end is counted; see {worker.log}", worker.log)
    covered = {offset for first, next_offset, _ in worker.ledger() for offset in range(first, next_offset)}
    lost = sorted(set(range(50)) - covered)  # none, if the fetch under way was answered late
    assert worker.counted() == 50 - len(lost)
    if lost:
        named = f"offsets {lost[0]} to 36 were deleted from the log before they were counted"
        assert (named in worker.log.read_text(), lost) == (True, list(range(lost[0], 37)))


def test_aborted_transactions_and_holes_change_no_number(topic: OneTopic, worker: OneWorker) -> None:
    topic.transact(range(5), commit=True)
    topic.transact(range(100, 145), commit=False)  # whole epochs without a message
    topic.transact(range(5, 12), commit=True)
    worker.count(12)
    parts = worker.ledger()
    assert [first for first, _, _ in parts] == [0, *(next_offset for _, next_offset, _ in parts[:-1])]
    assert [counted for _, _, counted in parts] == [5, 0, 0, 0, 0, 7]
    assert "were deleted" not in worker.log.read_text()
    worker.count(12)  # the end of the log is a marker, not a message
    assert worker.ledger() == parts


@pytest.mark.long(reason="a comparison of speed needs volume")
def test_transactions_are_counted_about_as_fast_as_messages(topic: OneTopic, worker: OneWorker) -> None:
    def seconds(send: Callable[[], None], total: int) -> float:
        started_s = monotonic()
        send()
        worker.wait_for(total)
        return monotonic() - started_s

    def send_each(numbers: Iterable[int]) -> None:
        for number in numbers:
            topic.send([number])

    with worker.running():
        seconds(lambda: topic.send([0]), 1)
        single_s = seconds(lambda: send_each(range(1, 61)), 61)
        transactions_s = seconds(lambda: topic.transact(*([number] for number in range(61, 121)), commit=True), 121)
    print(f"60 messages {single_s:.1f} s, 60 transactions {transactions_s:.1f} s")
    assert transactions_s < 5 * max(single_s, 2.0)
    assert "reading again" not in worker.log.read_text()


COMPACTED = {"cleanup.policy": "compact,delete", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01"}


def test_a_compacted_topic_is_refused(kafka_address: str, store_url: str, unique_name: str, tmp_path: Path) -> None:
    topic = OneTopic(kafka_address, unique_name)
    topic.create(config=COMPACTED)
    topic.send(range(5), keys=2)
    worker = OneWorker(topic, store_url, unique_name, tmp_path / "worker.log")
    said = worker.refused(ExitCode.CONFLICT)
    assert "its cleanup.policy is compact,delete" in said
    assert "--allow-compacted" in said
    rebuild = invoked("rebuild", "--kafka", kafka_address, "--topic", topic.name, "--clickhouse", store_url)
    assert isinstance(rebuild.exception, ConflictError)
    assert worker.counted() == 0


@pytest.mark.long(reason="waits until the broker compacts, twenty seconds or more; a unit test has each case")
def test_compaction_takes_nothing_back(kafka_address: str, store_url: str, unique_name: str, tmp_path: Path) -> None:
    topic = OneTopic(kafka_address, unique_name)
    topic.create(config=COMPACTED)
    worker = OneWorker(topic, store_url, unique_name, tmp_path / "worker.log")
    flags = ["--allow-compacted", "--epoch-size", "1000000"]
    topic.send(range(60), keys=9)
    worker.count(60, *flags)
    sent = 60

    def is_compacted() -> bool:
        nonlocal sent
        topic.send(range(sent, sent + 1), keys=1_000)  # begins another segment
        sent += 1
        return topic.held() < sent - 20

    wait_for(is_compacted, "compaction")
    worker.count(sent, *flags)
    assert worker.ledger() == [(0, 60, 60), (60, sent, sent - 60)]
    assert "the log has lost messages since offsets 0 to 59 were counted (60 events then," in worker.log.read_text()


@pytest.mark.long(reason="a unit test of start positions has each case")
def test_another_epoch_size_is_refused(topic: OneTopic, worker: OneWorker) -> None:
    topic.send(range(25))
    worker.count(25)
    done = worker.refused(ExitCode.CONFLICT, "--epoch-size", "11")
    assert "epochs of 10 offsets, the settings say 11" in done
