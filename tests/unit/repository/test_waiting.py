"""A wait ends with its condition, lasts while something moves, and fails once nothing does."""

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
