"""Work that is done again and again in a thread."""

import threading

import pytest

from gatemeter.background import repeated
from tests.support.waiting import QUIET_S


def test_work_goes_on_after_an_error_until_the_block_ends(caplog: pytest.LogCaptureFixture) -> None:
    called, is_third = [], threading.Event()

    def work(is_over: threading.Event) -> None:
        called.append(is_over)
        if len(called) == 2:
            raise ValueError("a fault of our own")
        if len(called) == 3:
            is_third.set()
            is_over.wait(QUIET_S)

    with repeated("counting", work, every_s=0.0):
        assert is_third.wait(QUIET_S)
    assert called[0].is_set()
    assert len(called) == 3
    assert "counting: failed" in caplog.text
    assert "a fault of our own" in caplog.text


def test_the_first_call_may_be_made_later() -> None:
    called: list[object] = []
    with repeated("settling", called.append, every_s=0.0, first_after_s=QUIET_S):
        pass
    assert called == []
