"""A pytest plugin: verifications of stores that nobody writes to while they are verified."""

import pytest

from gatemeter.verification import sealing, second_look


@pytest.fixture
def nobody_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands in this process look a second time at once: what they found is not being written."""
    for module in (second_look, sealing):
        monkeypatch.setattr(module, "PAUSE_S", 0.0)
