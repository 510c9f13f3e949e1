"""The loop of frames: its keys, its time, and the terminal that it leaves behind."""

import io
import os
import pty
import termios
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from rich.console import Console
from rich.text import Text

from gatemeter.clock import ManualClock
from gatemeter.top.terminal import Draw, keys, run_frames


@pytest.fixture
def terminal() -> Iterator[tuple[int, io.TextIOWrapper]]:
    """A terminal: the end that a person types into, and the one that a program reads."""
    person, program = pty.openpty()
    with os.fdopen(program, "r", closefd=True) as stream:
        yield person, stream
    os.close(person)


class Screen:
    """Counts the frames that are asked for, and presses q after some waits."""

    def __init__(self, quit_after: int) -> None:
        self.clock = ManualClock(datetime(2026, 2, 3, tzinfo=UTC))
        self.frames = 0
        self.sizes: list[tuple[int, int]] = []
        self._waits_left = quit_after
        self.output = io.StringIO()
        self.console = Console(file=self.output, force_terminal=True, width=80, height=24)

    def next_frame(self) -> Draw:
        self.frames += 1
        return self._draw

    def _draw(self, width: int, height: int) -> Text:
        self.sizes.append((width, height))
        return Text("frame")

    def wait_for_key(self, wait_s: float) -> str:
        self.clock.advance(wait_s or 0.01)
        self._waits_left -= 1
        return "q" if self._waits_left <= 0 else ""

    def run(self, every_s: float) -> None:
        run_frames(self.console, self.next_frame, self.wait_for_key, every_s, self.clock)


def test_a_frame_comes_every_so_many_seconds_until_q() -> None:
    screen = Screen(quit_after=9)
    screen.run(every_s=1.0)  # four waits of a quarter of a second each
    assert screen.frames == 3


def test_a_terminal_of_another_size_is_drawn_anew_before_the_next_frame() -> None:
    screen = Screen(quit_after=4)
    waited = screen.wait_for_key

    def resized(wait_s: float) -> str:
        screen.console.width = 40
        return waited(wait_s)

    run_frames(screen.console, screen.next_frame, resized, 10.0, screen.clock)
    assert (screen.frames, screen.sizes) == (1, [(80, 24), (40, 24)])


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_the_screen_is_given_back_however_the_loop_ends(error: type[BaseException]) -> None:
    screen = Screen(quit_after=9)

    def failing() -> Draw:
        raise error

    with pytest.raises(error):
        run_frames(screen.console, failing, screen.wait_for_key, 1.0, screen.clock)
    entered, left, hidden, shown = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25l", "\x1b[?25h"
    written = screen.output.getvalue()
    assert written.index(entered) < written.index(left)
    assert written.rindex(hidden) < written.rindex(shown)


def test_keys_are_read_one_by_one_and_the_terminal_is_left_as_it_was(terminal: tuple[int, io.TextIOWrapper]) -> None:
    person, stream = terminal
    before = termios.tcgetattr(stream.fileno())

    def interrupted(check: Callable[[], None]) -> None:
        with keys(stream) as wait_for_key:
            assert wait_for_key(0) == ""
            os.write(person, b"xq")
            assert [wait_for_key(5), wait_for_key(5)] == ["x", "q"]
            assert termios.tcgetattr(stream.fileno()) != before
            check()

    def fail() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted(fail)
    assert termios.tcgetattr(stream.fileno()) == before


def test_a_stream_that_is_no_terminal_has_no_keys() -> None:
    with keys(io.StringIO("q")) as wait_for_key:
        assert wait_for_key(0.0) == ""
