"""A wait ends with its condition, lasts while there is progress, and fails once there is none."""

from itertools import count
from types import SimpleNamespace

import pytest

from tests.support.waiting import wait_for


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock finds it a second later."""
    seconds = count()
    clock = SimpleNamespace(monotonic=lambda: next(seconds), sleep=lambda _seconds: None)
    monkeypatch.setattr("tests.support.waiting.time", clock)


def test_it_returns_when_the_condition_holds() -> None:
    answers = iter([False, False, True])
    wait_for(lambda: next(answers), "the third answer")
    assert next(answers, None) is None


def test_it_lasts_as_long_as_something_moves() -> None:
    steps = count()
    looks = count()
    wait_for(lambda: next(looks) > 1_000, "many looks", progress=lambda: next(steps), quiet_s=5)
    assert next(steps) > 100


def test_it_fails_when_nothing_has_moved_for_long_enough() -> None:
    values = iter([1, 2, 3])
    with pytest.raises(AssertionError, match="nothing has moved for 5 s at 3: the fourth value"):
        wait_for(lambda: False, "the fourth value", progress=lambda: next(values, 3), quiet_s=5)


def test_signs_of_life_make_a_quiet_wait_last_longer() -> None:
    signs, looks = count(), count()
    wait_for(lambda: next(looks) > 20, "many looks", signs_of_life=lambda: next(signs), quiet_s=5, stalled_s=100)
    assert next(signs) > 5


def test_it_fails_when_there_are_only_signs_of_life() -> None:
    signs = count()
    with pytest.raises(AssertionError, match="no progress for 30 s at None, only signs of life: the end"):
        wait_for(lambda: False, "the end", signs_of_life=lambda: next(signs), quiet_s=5, stalled_s=30)


def test_a_value_that_was_there_before_is_no_progress() -> None:
    to_and_fro = count()
    with pytest.raises(AssertionError, match=r"nothing has moved for 5 s at [01]: the end"):
        wait_for(lambda: False, "the end", progress=lambda: next(to_and_fro) % 2, quiet_s=5)


def test_what_takes_long_to_ask_is_asked_the_more_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s, pauses = [0.0], list[float]()
    clock = SimpleNamespace(monotonic=lambda: now_s[0], sleep=pauses.append)
    monkeypatch.setattr("tests.support.waiting.time", clock)
    questions = iter([0.001, 0.1, 5.0])

    def takes_time() -> bool:
        took_s = next(questions, None)
        now_s[0] += took_s or 0
        return took_s is None

    wait_for(takes_time, "the fourth answer")
    assert pauses == [0.05, pytest.approx(0.4), 1.0]
