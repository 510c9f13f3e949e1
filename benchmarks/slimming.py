"""`python -m benchmarks.slimming`: how many bytes an event takes in Kafka, and what it costs a door to cut it."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import click
import cramjam
from rich.console import Console

from benchmarks.measuring import Run, measure_in_turn
from benchmarks.traffic import FramedTraffic, framed
from gatemeter.errors import ExitCode
from gatemeter.events.access_event import TimeRange
from gatemeter.formats.event_counter import EventCounter
from gatemeter.formats.slimming.slimmer import Slimmer
from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.traffic import Traffic
from gatemeter.metering.ruleset import RULESET_VERSION
from gatemeter.shipping.slim_line import KeepWhole, SlimLine
from gatemeter.wire.frames import DEFAULT_FORMAT

LARGEST_SHARE = 1 / 3
"""Of the bytes of a whole event."""


@dataclass(slots=True)
class Door:
    """What the shipper does with each line: finds its key, cuts it, and counts what is sent."""

    name: str
    lines: list[bytes]
    slim: SlimLine

    def run(self) -> Run:
        """See `Candidate`."""
        count: Callable[[str, bytes], object] = EventCounter(TimeRange()).count
        began_s = time.thread_time()
        for line in self.lines:
            count(DEFAULT_FORMAT, self.slim(DEFAULT_FORMAT, line).text)
        return Run(len(self.lines), time.thread_time() - began_s)


@click.command()
@click.option("--events", type=click.IntRange(min=1000), default=50_000, show_default=True, help="To be sent.")
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True, help="The median counts.")
def main(events: int, rounds: int) -> None:
    """Put the same traffic into frames whole and cut, and compare their bytes and what making them costs."""
    lines = list(Traffic(TrafficPlan(events)).lines())
    slim = Slimmer(RULESET_VERSION)
    console = Console(highlight=False)
    of_whole, of_slim = (bytes_per_event(framed(iter(each), events)) for each in (lines, slim_lines(lines, slim)))
    share = of_slim.plain / of_whole.plain
    console.print(f"bytes of an event in a frame: {of_whole.plain:,.0f} whole, {of_slim.plain:,.0f} cut ({share:.0%})")
    console.print(f"as Kafka stores it (lz4): {of_whole.packed:,.0f} whole, {of_slim.packed:,.0f} cut")
    doors = [Door("whole lines through a door", lines, KeepWhole()), Door("lines that are cut", lines, slim)]
    for measured in measure_in_turn(doors, rounds, lambda _: None):
        console.print(f"{measured.name}: {measured.us_per_event:.1f} us CPU/event")
    is_met = share <= LARGEST_SHARE
    outcome = "PASS" if is_met else "FAIL"
    console.print(f"{outcome}  at most {LARGEST_SHARE:.0%} of the bytes", style="green" if is_met else "red")
    sys.exit(ExitCode.OK if is_met else ExitCode.INTERNAL)


@dataclass(frozen=True, slots=True)
class EventBytes:
    """Bytes of an event as it is sent, and as a broker stores it."""

    plain: float
    packed: float


def bytes_per_event(traffic: FramedTraffic) -> EventBytes:
    """The mean over all frames."""
    plain = sum(map(len, traffic.frames))
    packed = sum(len(cramjam.lz4.compress(frame)) for frame in traffic.frames)
    return EventBytes(plain / traffic.event_count, packed / traffic.event_count)


def slim_lines(lines: list[bytes], slim: SlimLine) -> list[bytes]:
    """What is sent of the lines."""
    return [slim(DEFAULT_FORMAT, line).text for line in lines]


if __name__ == "__main__":
    main()
