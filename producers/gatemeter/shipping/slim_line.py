"""Leaving out of events what nobody meters, before they are sent."""

from typing import NamedTuple, Protocol

from gatemeter.shipping.partition_key import partition_key


class KeyedLine(NamedTuple):
    """What is sent of a line, and the key by which its partition is chosen: that of the whole line."""

    text: bytes
    key: bytes


class SlimLine(Protocol):
    """Cuts lines to what metering reads; see `gatemeter.formats.slimming`."""

    @property
    def name(self) -> str:
        """What frames say of it (`wire.slimmed`); '' where nothing is left out."""

    def __call__(self, log_format: str, line: bytes, /) -> KeyedLine:
        """What is sent in place of `line`, without a newline; a line that cannot be read stays as it is."""


class KeepWhole:
    """Leaves nothing out."""

    name = ""

    def __call__(self, _: str, line: bytes, /) -> KeyedLine:
        """The line."""
        return KeyedLine(line, partition_key(line))
