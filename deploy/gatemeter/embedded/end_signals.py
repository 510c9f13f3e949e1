"""Turns the signals that ask a process to end into one KeyboardInterrupt, or into a question that can be asked."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

_ASKING_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def interrupt_once() -> Iterator[None]:
    """Inside the block the first SIGINT, SIGTERM or SIGHUP raises KeyboardInterrupt; later ones do nothing.

    So a second Ctrl-C never interrupts an orderly stop, whose steps have time limits. A SIGHUP that is ignored stays
    ignored, as `nohup` wants it. A SIGINT that is ignored is handled: shells ignore it for every command that a script
    starts in the background. Only for the main thread.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in handled:
            signal.signal(number, _do_nothing)
        raise KeyboardInterrupt

    handled = [number for number in _ASKING_TO_END if not _is_under_nohup(number)]
    before = {number: signal.signal(number, interrupt) for number in handled}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def end_requested() -> Iterator[Callable[[], bool]]:
    """Inside the block these signals interrupt nothing; the function yielded says whether one of them has come.

    As for `interrupt_once`, a SIGHUP that is ignored stays ignored. Only for the main thread.
    """
    requested = threading.Event()
    handled = [number for number in _ASKING_TO_END if not _is_under_nohup(number)]
    before = {number: signal.signal(number, lambda *_: requested.set()) for number in handled}
    try:
        yield requested.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_under_nohup(number: signal.Signals) -> bool:
    return number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    pass
