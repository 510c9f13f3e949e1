"""The first signal interrupts; later ones do not disturb an orderly stop."""

import os
import signal
from collections.abc import Iterator

import pytest

from gatemeter.embedded.end_signals import interrupt_once

ASKING_TO_END = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(autouse=True)
def default_handlers() -> Iterator[None]:
    """However this run was started: under `nohup` SIGHUP is ignored, in a script's background SIGINT."""
    defaults = dict.fromkeys(ASKING_TO_END, signal.SIG_DFL) | {signal.SIGINT: signal.default_int_handler}
    before = {number: signal.signal(number, handler) for number, handler in defaults.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def end_by(number: signal.Signals) -> None:
    with interrupt_once():
        os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", ASKING_TO_END)
def test_the_first_signal_raises_keyboard_interrupt(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt):
        end_by(number)


@pytest.mark.parametrize("second", ASKING_TO_END)
def test_an_orderly_end_is_not_interrupted_again(second: signal.Signals) -> None:
    finished = False
    with interrupt_once():
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            os.kill(os.getpid(), second)
            finished = True
    assert finished


def test_earlier_handlers_are_restored_after_the_block() -> None:
    before = [signal.getsignal(number) for number in ASKING_TO_END]
    with interrupt_once():
        assert [signal.getsignal(number) for number in ASKING_TO_END] != before
    assert [signal.getsignal(number) for number in ASKING_TO_END] == before


@pytest.fixture
def all_ignored(default_handlers: None) -> None:
    """As for a command that a script put into the background under `nohup`."""
    for number in ASKING_TO_END:
        signal.signal(number, signal.SIG_IGN)


@pytest.mark.usefixtures("all_ignored")
def test_a_sighup_ignored_by_nohup_stays_ignored() -> None:
    end_by(signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


@pytest.mark.usefixtures("all_ignored")
def test_an_ignored_sigint_of_a_script_interrupts() -> None:
    with pytest.raises(KeyboardInterrupt):
        end_by(signal.SIGINT)
