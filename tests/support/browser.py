"""The system's Chromium, driven by Playwright: pages on which any fault of a script or of the policy fails the test."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

PATIENCE_MS = 60_000
"""Longer than any answer takes, however busy the machine is."""
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """Where Chromium is. Skips the test on a machine without one, but for CI, where it fails."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if found:
        return found
    missing = "no Chromium on this machine: apt-get install chromium, or name one with CHROMIUM=/path"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


@contextmanager
def browser() -> Iterator[Browser]:
    """One Chromium for a block. No event loop can run in this thread meanwhile: Playwright's own does."""
    with sync_playwright() as playwright:
        # Its sandbox needs what containers do not give.
        found = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            yield found
        finally:
            found.close()


@dataclass
class WatchedPage:
    """A page, and what its scripts complained about; `expected` are words of complaints that a test provokes."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def assert_no_complaints(self) -> None:
        """No error, no warning, and nothing that the content security policy has refused."""
        found = [each for each in self.complaints if not any(words in each for words in self.expected)]
        assert not found, found


@contextmanager
def watched_page(running: Browser, **options: Any) -> Iterator[WatchedPage]:
    """A page in a context of its own; nothing that it complained about goes unseen."""
    context = running.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce", **options})
    try:
        watched = WatchedPage(context.new_page())
        yield watched
        watched.assert_no_complaints()
    finally:
        context.close()
