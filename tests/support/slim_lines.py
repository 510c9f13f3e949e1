"""What a door sends of lines."""

from collections.abc import Iterable

from gatemeter.formats.slimming.slimmer import Slimmer
from gatemeter.metering.ruleset import RULESET_VERSION

SLIMMER = Slimmer(RULESET_VERSION)


def slim_line(log_format: str, line: bytes) -> bytes:
    """What is sent of a line."""
    return SLIMMER(log_format, line).text


def slim_lines(lines: Iterable[bytes], log_format: str = "kong-log") -> list[bytes]:
    """The lines as they are sent."""
    return [slim_line(log_format, line) for line in lines]
