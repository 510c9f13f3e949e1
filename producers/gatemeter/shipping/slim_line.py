"""Leaving out of events what nobody meters, before they are sent."""

from typing import Protocol


class SlimLine(Protocol):
    """Cuts lines to what metering reads; see `gatemeter.formats.slimming`."""

    @property
    def name(self) -> str:
        """What frames say of it (`wire.slimmed`); '' where nothing is left out."""

    def __call__(self, log_format: str, line: bytes, /) -> bytes:
        """What is sent in place of `line`, without a newline; a line that cannot be read stays as it is."""


class KeepWhole:
    """Leaves nothing out."""

    name = ""

    def __call__(self, _: str, line: bytes, /) -> bytes:
        """The line."""
        return line
