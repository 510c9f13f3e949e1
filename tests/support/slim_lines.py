"""What a door sends of lines."""

from collections.abc import Iterable

from gatemeter.formats.slimming.slimmer import Slimmer
from gatemeter.metering.ruleset import RULESET_VERSION

SLIM = Slimmer(RULESET_VERSION)


def slim_lines(lines: Iterable[bytes], log_format: str = "kong-log") -> list[bytes]:
    """The lines as they are sent."""
    return [SLIM(log_format, line) for line in lines]
