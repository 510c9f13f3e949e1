"""`python -m benchmarks.collector`: what an event costs the collector, beside an HTTP server that only answers."""

import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from benchmarks.measured_child import MeasuredChild, running_child
from benchmarks.measuring import Run, measure_in_turn
from benchmarks.posting import Load
from benchmarks.result import Target
from benchmarks.traffic import PARTITIONS
from gatemeter.embedded.ports import LOOPBACK, is_answering
from gatemeter.errors import ExitCode
from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.traffic import Traffic
from gatemeter.kafka.topics import ensure_topic
from gatemeter.lenient.event_text import is_json
from gatemeter.wire.topics import TopicSpec
from tests.support.servers import embedded_kafka, free_port

BATCH = 200
EVENTS_PER_CPU_S = 20_000
POSTS_PER_CPU_S = 2_000
OF_BARE_SERVER = 0.4
"""The share of a bare server's speed that single posts keep."""
P99_S = 0.1
_TOPIC = "collected"
_EVENTS = 20_000


@dataclass(slots=True)
class Posting:
    """Posts `bodies`, each of `events_per_body` events, to a running `server`."""

    name: str
    server: MeasuredChild
    url: str
    bodies: Sequence[bytes]
    events_per_body: int
    posts: int
    connections: int

    def run(self) -> Run:
        """See `Candidate`."""
        before_s = self.server.cpu_s()
        self.load(self.posts).run()
        return Run(self.posts * self.events_per_body, self.server.cpu_s() - before_s)

    def load(self, posts: int, posts_per_s: float | None = None) -> Load:
        """A load of `posts` posts."""
        return Load(self.url, self.bodies, posts, self.connections, posts_per_s)


@click.command()
@click.option("--posts", type=click.IntRange(min=100), default=4000, show_default=True, help="Single posts a round.")
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True, help="The median counts.")
def main(posts: int, rounds: int) -> None:
    """Post arrays and single events to the collector, and single events to a server that only answers."""
    # A gateway encodes its events itself, so all of them are JSON.
    lines = list(filter(is_json, Traffic(TrafficPlan(events=_EVENTS)).lines()))
    arrays = [b"[" + b",".join(lines[at : at + BATCH]) + b"]" for at in range(0, len(lines), BATCH)]
    console = Console()
    with ExitStack() as stack, tempfile.TemporaryDirectory() as directory:
        kafka = stack.enter_context(embedded_kafka(Path(directory) / "kafka"))
        ensure_topic(kafka, TopicSpec(_TOPIC, partitions=PARTITIONS))
        port, bare_port = free_port(), free_port()
        command = [sys.executable, "-m", "gatemeter", "collect", "--kafka", kafka, "--topic", _TOPIC]
        collector = stack.enter_context(
            running_child([*command, "--port", str(port)], Path(directory) / "collector.log")
        )
        command = [sys.executable, "-m", "benchmarks.bare_http_server", str(bare_port)]
        bare = stack.enter_context(running_child(command, Path(directory) / "bare.log"))
        collector.wait_until(lambda: is_answering(port))
        bare.wait_until(lambda: is_answering(bare_port))
        url, bare_url = f"http://{LOOPBACK}:{port}", f"http://{LOOPBACK}:{bare_port}"
        batches = Posting("collector, arrays of 200", collector, url, arrays, BATCH, posts // 10, 16)
        single = Posting("collector, single events", collector, url, lines, 1, posts, 64)
        answering = Posting("HTTP server that only answers", bare, bare_url, lines, 1, posts, 64)
        of_batches, of_single, of_bare = measure_in_turn([batches, single, answering], rounds, lambda _: None)
        for each in (of_batches, of_single, of_bare):
            console.print(f"{each.name}: {each.us_per_event:.1f} us CPU/event, {1e6 / each.us_per_event:,.0f}/CPU s")
        half = POSTS_PER_CPU_S / 2
        seconds = sorted(single.load(posts, half).run())
        p99_s = seconds[int(len(seconds) * 0.99)]
        target = Target(of_single, of_bare, OF_BARE_SERVER)
        console.print(str(target))
        results = {
            f"{EVENTS_PER_CPU_S:,} events/CPU s in arrays": 1e6 / of_batches.us_per_event >= EVENTS_PER_CPU_S,
            f"{POSTS_PER_CPU_S:,} single posts/CPU s": 1e6 / of_single.us_per_event >= POSTS_PER_CPU_S,
            f"p99 under {P99_S * 1e3:.0f} ms at {half:,.0f} posts/s (measured: {p99_s * 1e3:.0f} ms)": p99_s < P99_S,
        }
        for text, is_met in results.items():
            console.print(f"{'PASS' if is_met else 'FAIL'}  {text}", style="green" if is_met else "red")
    if not (target.is_met and all(results.values())):
        sys.exit(ExitCode.DIFFERENCE)


if __name__ == "__main__":
    main()
