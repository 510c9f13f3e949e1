"""A worker says of two paths that they tell the same requests, once for each pair, and counts on."""

import logging
from collections.abc import Mapping

import pytest

from gatemeter.errors import ClickHouseUnavailable
from gatemeter.monitoring.worker_state import WorkerState
from gatemeter.worker.path_watch import PathWatch


def state_of(*partitions: int) -> WorkerState:
    state = WorkerState()
    state.assigned(dict.fromkeys(partitions, 0), {})
    return state


class Answers:
    """What is found, question by question; an error is raised."""

    def __init__(self, *answers: Mapping[str, str] | Exception) -> None:
        self.left = list(answers)

    def __call__(self) -> Mapping[str, str]:
        answer = self.left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_pair_is_logged_once_and_counted_while_it_lasts(caplog: pytest.LogCaptureFixture) -> None:
    state, pair = state_of(0, 3), {"a b": "a and b tell the same"}
    watch = PathWatch(Answers(pair, pair, {}, pair), state)
    pairs = []
    for _ in range(4):
        watch.look()
        pairs.append(state.snapshot().two_paths)
    assert pairs == [1, 1, 0, 1]
    assert [record.message for record in caplog.records] == ["a and b tell the same"] * 2


def test_only_the_worker_of_partition_0_asks() -> None:
    answers = Answers({"a b": "a and b tell the same"})
    watch = PathWatch(answers, state := state_of(1, 2))
    watch.look()
    assert (len(answers.left), state.snapshot().two_paths) == (1, 0)


def test_server_that_does_not_answer_is_asked_later(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    state = state_of(0)
    watch = PathWatch(Answers(ClickHouseUnavailable("refused", where="h:1", do="wait"), {"a b": "both"}), state)
    watch.look()
    assert (state.snapshot().two_paths, caplog.records[0].levelname) == (0, "INFO")
    watch.look()
    assert state.snapshot().two_paths == 1
