"""The loop of frames on a terminal, which is left as it was however the loop ends."""

import contextlib
import os
import select
import termios
import tty
from collections.abc import Callable, Iterator
from typing import TextIO

from rich.console import Console, RenderableType
from rich.live import Live

from gatemeter.clock import Clock

_QUIT = frozenset("qQ\x03\x04")
_SMALLEST_WAIT_S = 0.25
"""After this time a terminal of another size is drawn anew."""

Draw = Callable[[int, int], RenderableType]
"""Draws the latest frame for a terminal of so many columns and lines."""
WaitForKey = Callable[[float], str]
"""The next key, '' if none is pressed within so many seconds."""


def run_frames(
    console: Console, next_frame: Callable[[], Draw], wait_for_key: WaitForKey, every_s: float, clock: Clock
) -> None:
    """Show a frame every `every_s` seconds on the other screen of the terminal until q is pressed."""
    with Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            began_s = clock.monotonic_s()
            draw, size = next_frame(), None
            while (left_s := every_s - (clock.monotonic_s() - began_s)) > 0 or size is None:
                if size != console.size:
                    size = console.size
                    live.update(draw(size.width, size.height), refresh=True)
                if wait_for_key(max(0.0, min(left_s, _SMALLEST_WAIT_S))) in _QUIT:
                    return


@contextlib.contextmanager
def keys(stream: TextIO) -> Iterator[WaitForKey]:
    """Reads keys of a terminal one by one, unseen, until the block ends; of another stream there are none."""
    if not stream.isatty():
        yield lambda wait_s: _nothing(wait_s)
        return
    descriptor = stream.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield lambda wait_s: _key(descriptor, wait_s)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _key(descriptor: int, wait_s: float) -> str:
    ready, _, _ = select.select([descriptor], [], [], wait_s)
    if not ready:
        return ""
    pressed = os.read(descriptor, 1)
    # The end of a terminal that was hung up, on which nobody can press anything any more.
    return pressed.decode("latin-1") if pressed else "q"


def _nothing(wait_s: float) -> str:
    select.select([], [], [], wait_s)
    return ""
